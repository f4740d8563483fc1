import { useQuery } from '@tanstack/react-query';
import { Progress } from 'radix-ui';
import { deletionsQuery } from '../api/projects.js';
import type { Deletion } from '../api/types.js';
import { texts } from '../texts/index.js';
import { FailedNotice } from '../ui/states.js';
import { RelativeTime } from '../ui/time.js';

/** Projects on their way out. Shows nothing when there are none. */
export function Deletions() {
  const { data, error, isFetching, refetch } = useQuery(deletionsQuery);
  const words = texts.projects.deletions;
  if (error)
    return <FailedNotice error={error} busy={isFetching} onRetry={refetch} className="mt-10" />;
  if (!data || data.deletions.length === 0) return null;
  return (
    <section aria-label={words.title} className="mt-10 grid gap-3">
      <h2 className="text-base">{words.title}</h2>
      {data.deletions.some(({ finishedAt }) => finishedAt === null) && (
        <p className="text-sm text-muted">{words.explanation}</p>
      )}
      <ul className="divide-y divide-line rounded-md border border-line bg-surface">
        {data.deletions.map((deletion) => (
          <DeletionRow key={deletion.id} deletion={deletion} />
        ))}
      </ul>
    </section>
  );
}

function DeletionRow({ deletion }: { readonly deletion: Deletion }) {
  const words = texts.projects.deletions;
  const { projectName, images, removed, finishedAt } = deletion;
  return (
    <li className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap justify-between gap-x-4">
        <span className="font-medium">{projectName}</span>
        <span className="text-sm text-muted tabular-nums">
          {finishedAt === null ? (
            words.running(removed, images)
          ) : (
            <>
              {words.ended} <RelativeTime iso={finishedAt} />
            </>
          )}
        </span>
      </div>
      {finishedAt === null && (
        <Progress.Root
          aria-label={words.progress(projectName)}
          value={Math.min(removed, images)}
          max={Math.max(images, 1)}
          className="h-1 overflow-hidden rounded-full bg-hover"
        >
          <Progress.Indicator
            className="h-full bg-accent transition-[width] duration-500"
            style={{ width: `${(100 * Math.min(removed, images)) / Math.max(images, 1)}%` }}
          />
        </Progress.Root>
      )}
    </li>
  );
}
