import { Link } from '@tanstack/react-router';
import type { Project } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Badge } from '../ui/badge.js';
import { formatBytes } from '../ui/format.js';
import { ChevronRightIcon } from '../ui/icons.js';

const NEAR = 0.9;

export function ProjectList({ projects }: { readonly projects: readonly Project[] }) {
  const words = texts.projects;
  return (
    <ul
      aria-label={words.list}
      className="divide-y divide-line rounded-md border border-line bg-surface"
    >
      {projects.map((project) => (
        <li
          key={project.id}
          className="relative grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-6 gap-y-1 px-4 py-3.5 first:rounded-t-md last:rounded-b-md hover:bg-hover sm:grid-cols-[minmax(0,1fr)_9rem_11rem_auto]"
        >
          <div className="flex min-w-0 items-center gap-2.5">
            <Link
              to="/dashboard/projects/$project"
              params={{ project: project.projectName }}
              className="truncate font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
            >
              {project.projectName}
            </Link>
            <Fullness project={project} />
          </div>
          <span className="text-sm text-muted tabular-nums max-sm:row-start-2 sm:text-right">
            {words.images(project.images)}
            <span className="sm:hidden"> · {stored(project)}</span>
          </span>
          <span className="text-right text-sm text-muted tabular-nums max-sm:hidden">
            {stored(project)}
          </span>
          <ChevronRightIcon className="size-4 text-muted max-sm:row-span-2 max-sm:row-start-1 max-sm:col-start-2" />
        </li>
      ))}
    </ul>
  );
}

function stored({ usedBytes, quotaBytes }: Project): string {
  const used = formatBytes(usedBytes);
  if (quotaBytes === null) return texts.projects.used(used);
  return texts.projects.usedOf(used, formatBytes(quotaBytes));
}

function Fullness({ project: { usedBytes, quotaBytes } }: { readonly project: Project }) {
  if (quotaBytes === null || usedBytes < quotaBytes * NEAR) return null;
  const full = usedBytes >= quotaBytes;
  return <Badge tone="warn">{texts.projects[full ? 'quotaFull' : 'quotaNear']}</Badge>;
}
