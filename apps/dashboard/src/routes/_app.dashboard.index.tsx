import { useQuery } from '@tanstack/react-query';
import { createFileRoute, Link } from '@tanstack/react-router';
import { ChevronRightIcon, PlusIcon } from 'lucide-react';
import { overviewQuery, projectsQuery } from '../api/projects.js';
import type { Image, Overview, Project } from '../api/types.js';
import { Picture } from '../images/picture.js';
import { TILE_SIZE } from '../images/tile.js';
import { Deletions } from '../projects/deletions.js';
import { Sparkline } from '../projects/sparkline.js';
import { useShell } from '../shell/shell.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { formatBytes, formatItems } from '../ui/format.js';
import { FailedNotice, Notice } from '../ui/notice.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';
import { EmptyState, Loaded } from '../ui/states.js';

export const Route = createFileRoute('/_app/dashboard/')({ component: ProjectsPage });

/** All projects of the account. */
function ProjectsPage() {
  useTitle('Projects');
  const projects = useQuery(projectsQuery);
  const open = useShell();
  const create = () => open('new-project');
  const empty = projects.data?.projects.length === 0;
  return (
    <PageBody>
      <PageHeader
        title="Projects"
        actions={
          !empty && (
            <Button variant="primary" onClick={create}>
              <PlusIcon />
              New project
            </Button>
          )
        }
      />
      <Loaded query={projects}>
        {({ projects: list }) =>
          list.length === 0 ? <FirstProject onCreate={create} /> : <ProjectList projects={list} />
        }
      </Loaded>
      <Deletions />
    </PageBody>
  );
}

const FIRST_STEPS = [
  'Create a project.',
  'Copy its environment variables from Settings into your app’s .env file.',
  'Upload a private image and share it with a signed link that expires.',
] as const;

function FirstProject({ onCreate }: { readonly onCreate: () => void }) {
  return (
    <EmptyState
      title="Your first project"
      actions={
        <Button variant="primary" onClick={onCreate}>
          <PlusIcon />
          Create project
        </Button>
      }
    >
      <p>A project holds your images under one name. Three steps to your first private image:</p>
      <ol className="mx-auto mt-4 grid max-w-md gap-2 text-left text-ink">
        {FIRST_STEPS.map((step, index) => (
          <li key={step} className="grid grid-cols-[1.75rem_1fr]">
            <span aria-hidden="true" className="font-mono text-accent">
              {index + 1}
            </span>
            {step}
          </li>
        ))}
      </ol>
    </EmptyState>
  );
}

function ProjectList({ projects }: { readonly projects: readonly Project[] }) {
  const overview = useQuery(overviewQuery);
  const parts = new Map(overview.data?.projects.map((part) => [part.projectName, part]));
  return (
    <div className="grid gap-4">
      <QuotaNotice projects={projects} />
      <FailedNotice error={overview.error} busy={overview.isFetching} onRetry={overview.refetch} />
      <ul
        aria-label="Your projects"
        className="divide-y divide-line rounded-md border border-line bg-surface"
      >
        {projects.map((project) => (
          <ProjectRow key={project.id} project={project} part={parts.get(project.projectName)} />
        ))}
      </ul>
    </div>
  );
}

function ProjectRow({
  project,
  part,
}: {
  readonly project: Project;
  readonly part: Overview['projects'][number] | undefined;
}) {
  return (
    <li className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-8 gap-y-3 px-4 py-3.5 first:rounded-t-md last:rounded-b-md hover:bg-hover sm:grid-cols-[minmax(0,1fr)_10rem_auto] lg:grid-cols-[minmax(0,1fr)_10rem_10rem_auto]">
      <div className="grid min-w-0 gap-0.5">
        <div className="flex min-w-0 items-center gap-2.5">
          <Link
            to="/dashboard/projects/$project"
            params={{ project: project.projectName }}
            className="truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {project.projectName}
          </Link>
          <QuotaBadge project={project} />
        </div>
        <span className="text-sm text-muted tabular-nums">
          {formatItems(project.images, 'image')} · {usedStorage(project)}
        </span>
      </div>
      <Thumbnails project={project} newest={part?.newest} />
      <div className="max-sm:hidden">{part && <Sparkline reads={part.reads} />}</div>
      <ChevronRightIcon className="text-muted max-sm:col-start-2 max-sm:row-start-1" />
    </li>
  );
}

/** Reserves its space, so that the rows do not move when the pictures arrive. */
function Thumbnails({
  project,
  newest = [],
}: {
  readonly project: Project;
  readonly newest: readonly Image[] | undefined;
}) {
  if (project.images === 0) return <span className="max-lg:hidden" />;
  return (
    <div className="flex h-12 gap-2 max-lg:row-start-2 sm:max-lg:col-span-2">
      {newest.map((image) => (
        <Picture
          key={image.key}
          project={project.projectName}
          image={image}
          alt=""
          size={TILE_SIZE}
          className="size-12 rounded-sm border border-line"
        />
      ))}
    </div>
  );
}

function usedStorage({ usedBytes, quotaBytes }: Project): string {
  const used = formatBytes(usedBytes);
  return quotaBytes === null ? `${used} stored` : `${used} of ${formatBytes(quotaBytes)}`;
}

/** Share of the quota from which on a project is "almost full", as in the events about it. */
const ALMOST = 0.8;

function isAlmostFull({ usedBytes, quotaBytes }: Project): boolean {
  return quotaBytes !== null && usedBytes >= quotaBytes * ALMOST;
}

function isFull({ usedBytes, quotaBytes }: Project): boolean {
  return quotaBytes !== null && usedBytes >= quotaBytes;
}

function QuotaBadge({ project }: { readonly project: Project }) {
  if (!isAlmostFull(project)) return null;
  return <Badge tone="warn">{isFull(project) ? 'Full' : 'Almost full'}</Badge>;
}

/** Which projects can soon store no more, or cannot now. */
function QuotaNotice({ projects }: { readonly projects: readonly Project[] }) {
  const almost = projects.filter(isAlmostFull);
  if (almost.length === 0) return null;
  return (
    <Notice tone="warn" role="note" title="Storage is running out">
      <ul>
        {almost.map((project) => (
          <li key={project.id}>
            <span className="font-medium">{project.projectName}</span>: {usedStorage(project)}
            {isFull(project) && ', uploads are refused'}
          </li>
        ))}
      </ul>
      <p>Delete images, or ask an administrator to raise the limit in the project’s settings.</p>
    </Notice>
  );
}
