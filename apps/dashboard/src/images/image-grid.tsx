import { useNavigate, useRouter } from '@tanstack/react-router';
import { defaultRangeExtractor, useWindowVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type MouseEvent, useEffect, useMemo, useRef, useState } from 'react';
import type { ImageFilter, ListedImage } from '../api/images.js';
import { useRestoreFocus } from '../ui/restore-focus.js';
import { GAP, type GridLayout, moveTo, useGridLayout } from './grid-layout.js';
import { givenName, lastPiece } from './image-names.js';
import { createScrollVelocity } from './scroll-velocity.js';
import { Tile } from './tile.js';
import type { Selection } from './use-selection.js';

export interface ImageGridProps {
  readonly project: string;
  readonly images: readonly ListedImage[];
  /** Passed on to the page of an image, which leads back and to the next image. */
  readonly filter: ImageFilter;
  /** What the grid contains, for screen readers. */
  readonly label: string;
  /** Key of the image to focus when the grid opens. */
  readonly startAt?: string | undefined;
  readonly selection: Selection;
  /** Older images are not loaded yet. */
  readonly hasMore: boolean;
  /** Called near the end of the loaded images. */
  readonly onMore: () => void;
  /** Called with the first and last visible key when they change, unless the page scrolls fast. */
  readonly onVisible: (first: string, last: string) => void;
  readonly onDelete: () => void;
  /** Tiles have a checkbox. */
  readonly selectable: boolean;
}

/** Rows to render before and after the visible ones. */
const OVERSCAN = 3;
/** Rows before the end at which older images are fetched: a few screens. */
const PREFETCH_ROWS = 24;

/** A grid of any length: only the rows near the viewport are rendered. */
export function ImageGrid(props: ImageGridProps) {
  const grid = useRef<HTMLDivElement>(null);
  const layout = useGridLayout(grid);
  useRestoreFocus(grid);
  return <div ref={grid}>{layout && <Rows {...props} layout={layout} />}</div>;
}

function Rows({
  project,
  images,
  filter,
  label,
  startAt,
  selection,
  hasMore,
  onMore,
  onVisible,
  onDelete,
  selectable,
  layout: { columns, rowHeight, top },
}: ImageGridProps & { readonly layout: GridLayout }) {
  const navigate = useNavigate();
  const router = useRouter();
  const grid = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(() => Math.max(0, indexOfKey(images, startAt)));
  const toFocus = useRef<number | null>(indexOfKey(images, startAt) < 0 ? null : current);
  const [velocity] = useState(createScrollVelocity);
  useEffect(() => velocity.watch(), [velocity]);
  const count = Math.ceil(images.length / columns);
  const active = Math.min(current, Math.max(0, images.length - 1));
  const activeRow = Math.floor(active / columns);

  const virtual = useWindowVirtualizer({
    count,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: top,
    // The row with the focus stays rendered.
    rangeExtractor: (range) =>
      [...new Set([...defaultRangeExtractor(range), activeRow])]
        .filter((row) => row < range.count)
        .sort((a, b) => a - b),
    scrollPaddingStart: 140,
    scrollPaddingEnd: 24,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new height moves every row
  useEffect(() => virtual.measure(), [rowHeight, virtual]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the grid opens
  useEffect(() => {
    if (toFocus.current !== null) virtual.scrollToIndex(activeRow, { align: 'center' });
  }, []);

  const rows = virtual.getVirtualItems();
  const firstRow = virtual.range?.startIndex ?? 0;
  const lastRow = virtual.range?.endIndex ?? 0;
  const firstKey = images[firstRow * columns]?.key;
  const lastKey = images[Math.min(images.length, (lastRow + 1) * columns) - 1]?.key;
  useEffect(() => {
    if (firstKey === undefined || lastKey === undefined) return;
    return velocity.onSettled(() => onVisible(firstKey, lastKey));
  }, [firstKey, lastKey, onVisible, velocity]);
  useEffect(() => {
    if (hasMore && lastRow >= count - PREFETCH_ROWS) onMore();
  }, [hasMore, lastRow, count, onMore]);

  useEffect(() => {
    if (toFocus.current === null) return;
    const link = cellAt(grid.current, toFocus.current)?.querySelector('a');
    if (!link) return;
    toFocus.current = null;
    link.focus({ preventScroll: true });
  });

  const pageOf = (key: string) => ({
    to: '/dashboard/projects/$project/images/$' as const,
    params: { project, _splat: key },
    search: filter,
  });
  const open = (key: string) => navigate(pageOf(key));
  // Built once by the router: one call per tile and frame would be slow.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it depends on the filter only
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
      // Focus the image that takes this place.
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
    // biome-ignore lint/a11y/useSemanticElements: a <table> cannot omit the rows outside the viewport
    <div
      ref={grid}
      role="grid"
      aria-label={label}
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
        // biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus
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
              name={
                filter.folder === undefined ? givenName(image.key) : lastPiece(givenName(image.key))
              }
              href={`/dashboard/projects/${project}/images/${image.key}${search}`}
              index={row.index * columns + column}
              selectable={selectable}
              selected={selection.keys.has(image.key)}
              selecting={selection.keys.size > 0}
              current={row.index * columns + column === active}
              velocity={velocity}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

const indexOfKey = (images: readonly ListedImage[], wanted: string | undefined): number =>
  wanted === undefined ? -1 : images.findIndex(({ key }) => key === wanted);

const cellAt = (grid: HTMLElement | null, index: number) =>
  grid?.querySelector<HTMLElement>(`[data-index="${index}"]`) ?? null;

function indexOf(target: EventTarget): number | null {
  if (!(target instanceof Element)) return null;
  const cell = target.closest<HTMLElement>('[data-index]');
  return cell ? Number(cell.dataset['index']) : null;
}

function imageOf(target: EventTarget, images: readonly ListedImage[]): ListedImage | undefined {
  const index = indexOf(target);
  return index === null ? undefined : images[index];
}
