import { texts } from '../texts/index.js';
import { Skeleton } from '../ui/states.js';

const TILES = 18;

/** The grid before the first images have come. */
export function GridSkeleton() {
  return (
    <div
      role="status"
      className="grid grid-cols-[repeat(auto-fill,minmax(9.4rem,1fr))] gap-3 sm:grid-cols-[repeat(auto-fill,minmax(12.25rem,1fr))]"
    >
      <span className="sr-only">{texts.common.loading}</span>
      {Array.from({ length: TILES }, (_, tile) => tile).map((tile) => (
        <div key={tile} className="grid gap-2 pb-3">
          <Skeleton className="aspect-square" />
          <Skeleton className="h-4 w-3/4" />
        </div>
      ))}
    </div>
  );
}
