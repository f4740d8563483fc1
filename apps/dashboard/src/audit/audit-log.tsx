import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { auditQuery } from '../api/audit.js';
import { projectsQuery } from '../api/projects.js';
import { Button } from '../ui/button.js';
import { FailedNotice } from '../ui/notice.js';
import { EmptyState, SkeletonRows } from '../ui/states.js';
import { AuditTable } from './audit-table.js';

/** The audit log of a project, or of the whole account for `null`. */
export function AuditLog({ project }: { readonly project: string | null }) {
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
    return (
      <EmptyState title="No changes yet">
        Uploads, deletions and every other change {project === null ? '' : `of ${project} `}appear
        here as they are made.
      </EmptyState>
    );
  }
  return (
    <div className="grid gap-4">
      <FailedNotice error={existing.error} busy={existing.isFetching} onRetry={existing.refetch} />
      <AuditTable entries={entries} projects={project === null ? names : null} />
      {failed}
      <div className="text-center">
        {log.hasNextPage ? (
          <Button busy={log.isFetchingNextPage} onClick={() => log.fetchNextPage()}>
            Show older changes
          </Button>
        ) : (
          <p className="text-sm text-muted">There are no older changes.</p>
        )}
      </div>
    </div>
  );
}
