import { memo, useEffect, useState } from 'react';
import type { Listed } from '../api/images.js';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { cx } from '../ui/class-names.js';
import { formatBytes } from '../ui/format.js';
import { LockIcon } from '../ui/icons.js';
import { averageColour } from './blurhash.js';
import { givenName } from './image-facts.js';
import { isWhole } from './image-lists.js';
import type { Pace } from './pace.js';
import { Picture } from './picture.js';

/** Few sizes for every window, so that every window finds the variants that are there already. */
const SIZE = { width: 240, height: 240, fit: 'cover' } as const;

export interface TileProps {
  readonly project: string;
  readonly image: Listed;
  /** Its page. */
  readonly href: string;
  readonly index: number;
  readonly selected: boolean;
  /** Something is selected: a click selects rather than opens. */
  readonly selecting: boolean;
  /** The one that the Tab key leads to. */
  readonly current: boolean;
  /** What passes by fast is neither signed nor loaded. */
  readonly pace: Pace;
}

/** One image of the grid, which hears of clicks and keys by the tile's `data-index`. */
export const Tile = memo(function Tile({
  project,
  image,
  href,
  index,
  selected,
  selecting,
  current,
  pace,
}: TileProps) {
  const words = texts.images;
  const name = givenName(image.key);
  const [isHere, setHere] = useState(() => !pace.isMoving());
  useEffect(() => {
    if (!isHere) return pace.whenSlow(() => setHere(true));
  }, [isHere, pace]);
  const whole = isWhole(image) ? image : null;
  const frame = cx(
    'aspect-square rounded-md border border-line',
    selected && 'ring-3 ring-accent ring-offset-2 ring-offset-paper',
  );
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the grid
    // biome-ignore lint/a11y/useFocusableInteractive: the link in it has the focus
    <div
      role="gridcell"
      aria-selected={selected}
      data-index={index}
      className="group relative min-w-0"
    >
      <a href={href} tabIndex={current ? 0 : -1} draggable={false} className="block rounded-md">
        {whole && isHere ? (
          <Picture project={project} image={whole} alt="" size={SIZE} className={frame} />
        ) : (
          <div
            className={frame}
            style={{ backgroundColor: averageColour(whole?.blurhash ?? '') }}
          />
        )}
        <span className="block truncate pt-1.5 text-sm leading-5" title={image.key}>
          {name}
        </span>
        <span className="block truncate text-xs leading-4 text-muted tabular-nums">
          {whole ? factsOf(whole) : texts.common.loading}
        </span>
        {whole?.visibility === 'private' && (
          <span className="absolute top-2 right-2 rounded-sm bg-private-soft p-1 text-private shadow-pop">
            <LockIcon className="size-3.5" />
            <span className="sr-only">{words.private}</span>
          </span>
        )}
      </a>
      <label
        className={cx(
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
          aria-label={words.select(name)}
          className="size-5 cursor-pointer rounded-sm accent-accent"
        />
      </label>
    </div>
  );
});

const factsOf = ({ width, height, size }: Image): string =>
  `${texts.images.dimensions(width, height)} · ${formatBytes(size)}`;
