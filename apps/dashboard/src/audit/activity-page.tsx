import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { auditQuery } from '../api/audit.js';
import { projectsQuery } from '../api/projects.js';
import { useProjectName } from '../projects/use-project.js';
import { PageBody } from '../shell/app-shell.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { EmptyState, FailedNotice, SkeletonRows } from '../ui/states.js';
import { AuditTable } from './audit-table.js';

/** Changes in the whole account. */
export function ActivityPage() {
  useTitle(texts.audit.title);
  return (
    <PageBody>
      <PageHeader title={texts.audit.title}>{texts.audit.accountText}</PageHeader>
      <AuditLog project={null} />
    </PageBody>
  );
}

/** Changes in one project. */
export function ProjectActivityPage() {
  const project = useProjectName();
  useTitle(`${texts.audit.title} · ${project}`);
  return (
    <PageBody>
      <PageHeader title={texts.audit.title}>{texts.audit.projectText}</PageHeader>
      <AuditLog project={project} />
    </PageBody>
  );
}

function AuditLog({ project }: { readonly project: string | null }) {
  const words = texts.audit;
  const log = useInfiniteQuery(auditQuery(project));
  const existing = useQuery({ ...projectsQuery, enabled: project === null });
  const names = new Set(existing.data?.projects.map(({ projectName }) => projectName));
  const entries = log.data?.pages.flatMap((page) => page.entries);
  const failed = log.error && (
    <FailedNotice
      error={log.error}
      busy={log.isFetching}
      onRetry={() => (entries ? log.fetchNextPage() : log.refetch())}
    />
  );
  if (!entries) return failed || <SkeletonRows rows={8} />;
  if (entries.length === 0) {
    return <EmptyState title={words.empty.title}>{words.empty.text}</EmptyState>;
  }
  return (
    <div className="grid gap-4">
      <FailedNotice error={existing.error} busy={existing.isFetching} onRetry={existing.refetch} />
      <AuditTable entries={entries} projects={project === null ? names : null} />
      {failed}
      <div className="text-center">
        {log.hasNextPage ? (
          <Button busy={log.isFetchingNextPage} onClick={() => log.fetchNextPage()}>
            {words.more}
          </Button>
        ) : (
          <p className="text-sm text-muted">{words.end}</p>
        )}
      </div>
    </div>
  );
}
