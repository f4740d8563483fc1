import { useNavigate, useRouter } from '@tanstack/react-router';
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ImageFilter, Listed } from '../api/images.js';
import { texts } from '../texts/index.js';
import { useFocusLeft } from '../ui/focus-left.js';
import { GAP, type GridLayout, moveTo, useGridLayout } from './grid-layout.js';
import { createPace } from './pace.js';
import { Tile } from './tile.js';
import type { Selection } from './use-selection.js';

export interface ImageGridProps {
  readonly project: string;
  readonly images: readonly Listed[];
  /** The page of an image keeps it, for the way back and to the next one. */
  readonly filter: ImageFilter;
  /** The key of the image that has the focus when the grid opens. */
  readonly startAt?: string | undefined;
  readonly selection: Selection;
  /** There are older ones. */
  readonly hasMore: boolean;
  /** Called when the end comes near. */
  readonly onMore: () => void;
  /** Told of the first and last image that the window shows, when they change and the page is not rushing by. */
  readonly onShown: (first: string, last: string) => void;
  readonly onDelete: () => void;
}

/** Rows beyond the window that are there already. */
const OVERSCAN = 3;
/** Rows before the end at which older ones are asked for: a few screens. */
const AHEAD = 24;

/** Images as a grid of any length: only the rows near the window exist. */
export function ImageGrid(props: ImageGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const layout = useGridLayout(grid);
  useFocusLeft(grid);
  return <div ref={grid}>{layout && <Rows {...props} layout={layout} />}</div>;
}

function Rows({
  project,
  images,
  filter,
  startAt,
  selection,
  hasMore,
  onMore,
  onShown,
  onDelete,
  layout: { columns, rowHeight, top },
}: ImageGridProps & { readonly layout: GridLayout }) {
  const navigate = useNavigate();
  const router = useRouter();
  const grid = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(() => Math.max(0, placeOf(images, startAt)));
  const toFocus = useRef<number | null>(placeOf(images, startAt) < 0 ? null : current);
  const [pace] = useState(createPace);
  useEffect(() => pace.watch(), [pace]);
  const count = Math.ceil(images.length / columns);
  const active = Math.min(current, Math.max(0, images.length - 1));
  const activeRow = Math.floor(active / columns);

  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    // What has the focus stays, wherever the window goes.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeRow])]
        .filter((row) => row < range.count)
        .sort((a, b) => a - b),
    scrollPaddingStart: 140,
    scrollPaddingEnd: 24,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height moves every row
  useEffect(() => virtual.measure(), [rowHeight, virtual]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: where it opens, and never again
  useEffect(() => {
    if (toFocus.current !== null) virtual.scrollToIndex(activeRow, { align: 'center' });
  }, []);

  const rows = virtual.getVirtualItems();
  const firstShown = virtual.range?.startIndex ?? 0;
  const lastShown = virtual.range?.endIndex ?? 0;
  const firstKey = images[firstShown * columns]?.key;
  const lastKey = images[Math.min(images.length, (lastShown + 1) * columns) - 1]?.key;
  useEffect(() => {
    if (firstKey === undefined || lastKey === undefined) return;
    return pace.whenSlow(() => onShown(firstKey, lastKey));
  }, [firstKey, lastKey, onShown, pace]);
  useEffect(() => {
    if (hasMore && lastShown >= count - AHEAD) onMore();
  }, [hasMore, lastShown, count, onMore]);

  useEffect(() => {
    if (toFocus.current === null) return;
    const link = cellAt(grid.current, toFocus.current)?.querySelector('a');
    if (!link) return;
    toFocus.current = null;
    link.focus({ preventScroll: true });
  });

  const pageOf = (key: string) => ({
    to: '/dashboard/projects/$project/images/$key' as const,
    params: { project, key },
    search: filter,
  });
  const open = (key: string) => navigate(pageOf(key));
  // As the router writes it; once, rather than for each tile of each frame.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it depends on the filter alone
  const search = useMemo(() => router.buildLocation(pageOf('any')).searchStr, [filter]);

  const onClick = (event: MouseEvent) => {
    const image = imageOf(event.target, images);
    if (!image) return;
    if (event.target instanceof HTMLInputElement) {
      if (event.shiftKey) selection.extendTo(image.key);
      else selection.toggle(image.key);
      return;
    }
    if (event.target instanceof Element && !event.target.closest('a')) return;
    if (event.shiftKey) selection.extendTo(image.key);
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (selection.keys.size > 0) selection.toggle(image.key);
    else void open(image.key);
    event.preventDefault();
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const from = indexOf(event.target);
    const image = from === null ? undefined : images[from];
    if (from === null || !image) return;
    if (event.key === 'Escape' && selection.keys.size > 0) selection.clear();
    else if (event.key === 'Delete' && selection.keys.size > 0) {
      // What stands here afterwards has the focus.
      toFocus.current = active;
      onDelete();
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      selection.set(images.map(({ key }) => key));
    } else if (event.key === ' ' && !(event.target instanceof HTMLInputElement)) {
      if (event.shiftKey) selection.extendTo(image.key);
      else selection.toggle(image.key);
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else {
      const rowsShown = Math.max(1, Math.floor((window.innerHeight - 200) / rowHeight));
      const shape = { columns, rows: rowsShown, count: images.length };
      const to = moveTo(event.key, from, shape);
      const target = to === null ? undefined : images[to];
      if (to === null || !target) return;
      if (event.shiftKey) {
        if (selection.keys.size === 0) selection.toggle(image.key);
        selection.extendTo(target.key);
      }
      setCurrent(to);
      toFocus.current = to;
      virtual.scrollToIndex(Math.floor(to / columns));
    }
    event.preventDefault();
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot leave out the rows that nobody sees
    <div
      ref={grid}
      role="grid"
      aria-label={texts.images.grid}
      aria-multiselectable="true"
      aria-rowcount={hasMore ? -1 : count}
      aria-colcount={columns}
      tabIndex={-1}
      className="relative outline-none [overflow-anchor:none]"
      style={{ height: virtual.getTotalSize() }}
      onClick={onClick}
      onKeyDown={onKeyDown}
      onFocus={({ target }) => setCurrent((before) => indexOf(target) ?? before)}
    >
      {rows.map((row) => (
        // biome-ignore lint/a11y/useSemanticElements: as above
        // biome-ignore lint/a11y/useFocusableInteractive: its cells have the focus
        <div
          key={row.key}
          role="row"
          aria-rowindex={row.index + 1}
          className="absolute inset-x-0 top-0 grid"
          style={{
            transform: `translateY(${row.start - top}px)`,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            columnGap: GAP,
          }}
        >
          {images.slice(row.index * columns, (row.index + 1) * columns).map((image, column) => (
            <Tile
              key={image.key}
              project={project}
              image={image}
              href={`/dashboard/projects/${project}/images/${image.key}${search}`}
              index={row.index * columns + column}
              selected={selection.keys.has(image.key)}
              selecting={selection.keys.size > 0}
              current={row.index * columns + column === active}
              pace={pace}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

const placeOf = (images: readonly Listed[], wanted: string | undefined): number =>
  wanted === undefined ? -1 : images.findIndex(({ key }) => key === wanted);

const cellAt = (grid: HTMLElement | null, index: number) =>
  grid?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;

function indexOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const cell = target.closest<HTMLElement>('[data-index]');
  return cell ? Number(cell.dataset['index']) : null;
}

function imageOf(target: EventTarget, images: readonly Listed[]): Listed | undefined {
  const index = indexOf(target);
  return index === null ? undefined : images[index];
}
