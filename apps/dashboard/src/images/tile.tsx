import { LockIcon } from 'lucide-react';
import { memo, useEffect, useState } from 'react';
import type { ListedImage } from '../api/images.js';
import { cn } from '../ui/cn.js';
import { formatBytes } from '../ui/format.js';
import { averageColor } from './blurhash.js';
import { isLoaded } from './image-lists.js';
import { Picture } from './picture.js';
import type { ScrollVelocity } from './scroll-velocity.js';

/** One size for all windows and lists, so that all of them share the same cached variants. */
export const TILE_SIZE = { width: 240, height: 240, fit: 'cover' } as const;

export interface TileProps {
  readonly project: string;
  readonly image: ListedImage;
  readonly name: string;
  /** Address of the image's page. */
  readonly href: string;
  readonly index: number;
  readonly selectable: boolean;
  readonly selected: boolean;
  /** Any image is selected: a click selects instead of opening. */
  readonly selecting: boolean;
  /** The tile that the Tab key focuses. */
  readonly current: boolean;
  /** Images that scroll by fast are not loaded. */
  readonly velocity: ScrollVelocity;
}

/** One image of the grid. The grid handles clicks and keys; it finds the tile by `data-index`. */
export const Tile = memo(function Tile({
  project,
  image,
  name,
  href,
  index,
  selectable,
  selected,
  selecting,
  current,
  velocity,
}: TileProps) {
  const [isSettled, setSettled] = useState(() => !velocity.isScrolling());
  useEffect(() => {
    if (!isSettled) return velocity.onSettled(() => setSettled(true));
  }, [isSettled, velocity]);
  const loaded = isLoaded(image) ? image : null;
  const frame = cn(
    'aspect-square rounded-md border border-line',
    selected && 'ring-3 ring-accent ring-offset-2 ring-offset-paper',
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    // biome-ignore lint/a11y/useFocusableInteractive: its link takes the focus
    <div
      role="gridcell"
      aria-selected={selected}
      data-index={index}
      className="group relative min-w-0"
    >
      <a href={href} tabIndex={current ? 0 : -1} draggable={false} className="block rounded-md">
        {loaded && isSettled ? (
          <Picture project={project} image={loaded} alt="" size={TILE_SIZE} className={frame} />
        ) : (
          <div
            className={frame}
            style={{ backgroundColor: averageColor(loaded?.blurhash ?? '') }}
          />
        )}
        <span className="block truncate pt-1.5 text-sm leading-5" title={image.key}>
          {name}
        </span>
        <span className="block truncate text-xs leading-4 text-muted tabular-nums">
          {loaded ? `${loaded.width} × ${loaded.height} · ${formatBytes(loaded.size)}` : 'Loading…'}
        </span>
        {loaded?.visibility === 'private' && (
          <span className="absolute top-2 right-2 rounded-sm bg-private-soft p-1 text-private shadow-pop">
            <LockIcon className="size-3.5" />
            <span className="sr-only">private</span>
          </span>
        )}
      </a>
      {selectable && (
        <label
          className={cn(
            'absolute top-0 left-0 grid size-10 cursor-pointer place-items-center transition-opacity duration-100',
            selecting
              ? 'opacity-100'
              : 'opacity-0 group-hover:opacity-100 group-focus-within:opacity-100 pointer-coarse:opacity-100',
          )}
        >
          <input
            type="checkbox"
            checked={selected}
            readOnly
            tabIndex={-1}
            aria-label={`Select ${name}`}
            className="size-5 cursor-pointer rounded-sm accent-accent"
          />
        </label>
      )}
    </div>
  );
});
