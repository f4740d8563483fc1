import { useQuery } from '@tanstack/react-query';
import { Progress } from 'radix-ui';
import { deletionsQuery } from '../api/projects.js';
import type { Deletion } from '../api/types.js';
import { formatCount, formatItems } from '../ui/format.js';
import { FailedNotice } from '../ui/notice.js';
import { RelativeTime } from '../ui/relative-time.js';

/** Projects that are being deleted, with their progress. Renders nothing if there are none. */
export function Deletions() {
  const { data, error, isFetching, refetch } = useQuery(deletionsQuery);
  if (error)
    return <FailedNotice error={error} busy={isFetching} onRetry={refetch} className="mt-10" />;
  if (!data || data.deletions.length === 0) return null;
  return (
    <section aria-label="Deletions" className="mt-10 grid gap-3">
      <h2 className="text-base">Deletions</h2>
      {data.deletions.some(({ finishedAt }) => finishedAt === null) && (
        <p className="text-sm text-muted">
          The server no longer serves these images. The name is available again when the deletion
          has finished.
        </p>
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
  const { projectName, images, removed, finishedAt } = deletion;
  const done = Math.min(removed, images);
  const total = Math.max(images, 1);
  return (
    <li className="grid gap-2 px-4 py-3">
      <div className="flex flex-wrap justify-between gap-x-4">
        <span className="font-medium">{projectName}</span>
        <span className="text-sm text-muted tabular-nums">
          {finishedAt === null ? (
            `${formatCount(removed)} of ${formatItems(images, 'image')} removed`
          ) : (
            <>
              Deleted <RelativeTime iso={finishedAt} />
            </>
          )}
        </span>
      </div>
      {finishedAt === null && (
        <Progress.Root
          aria-label={`Deletion of ${projectName}`}
          value={done}
          max={total}
          className="h-1 overflow-hidden rounded-full bg-hover"
        >
          <Progress.Indicator
            className="h-full bg-accent transition-[width] duration-500"
            style={{ width: `${(100 * done) / total}%` }}
          />
        </Progress.Root>
      )}
    </li>
  );
}
