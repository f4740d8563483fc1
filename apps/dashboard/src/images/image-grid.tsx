import { useNavigate } from '@tanstack/react-router';
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useRef, useState } from 'react';
import type { Image } from '../api/types.js';
import { texts } from '../texts/index.js';
import { useFocusLeft } from '../ui/focus-left.js';
import { GAP, type GridLayout, moveTo, useGridLayout } from './grid-layout.js';
import { Tile } from './tile.js';
import type { Selection } from './use-selection.js';

export interface ImageGridProps {
  readonly project: string;
  readonly images: readonly Image[];
  readonly selection: Selection;
  /** There are older ones. */
  readonly hasMore: boolean;
  /** Called when the end comes near. */
  readonly onMore: () => void;
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
  selection,
  hasMore,
  onMore,
  onDelete,
  layout: { columns, rowHeight, top },
}: ImageGridProps & { readonly layout: GridLayout }) {
  const navigate = useNavigate();
  const grid = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const toFocus = useRef<number | null>(null);
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

  const moving = useRef(false);
  moving.current = virtual.isScrolling;
  const rows = virtual.getVirtualItems();
  const lastShown = virtual.range?.endIndex ?? 0;
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

  const open = (key: string) =>
    navigate({
      to: '/dashboard/projects/$project/images/$key',
      params: { project, key },
    });

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
              index={row.index * columns + column}
              selected={selection.keys.has(image.key)}
              selecting={selection.keys.size > 0}
              current={row.index * columns + column === active}
              moving={moving}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

const cellAt = (grid: HTMLElement | null, index: number) =>
  grid?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;

function indexOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const cell = target.closest<HTMLElement>('[data-index]');
  return cell ? Number(cell.dataset['index']) : null;
}

function imageOf(target: EventTarget, images: readonly Image[]): Image | undefined {
  const index = indexOf(target);
  return index === null ? undefined : images[index];
}
