import { type RefObject, useLayoutEffect, useState } from 'react';

export interface GridLayout {
  readonly columns: number;
  /** Distance between the tops of two rows, in pixels. */
  readonly rowHeight: number;
  /** Distance of the grid from the top of the page, in pixels. */
  readonly top: number;
}

export const GAP = 12;
const CAPTION = 50;
const MIN_SIDE = 150;
const WIDE_MIN_SIDE = 196;

/** Number of columns that fit, at least two, and the resulting height of a row. */
export function computeLayout(width: number): Omit<GridLayout, 'top'> {
  const minSide = width < 640 ? MIN_SIDE : WIDE_MIN_SIDE;
  const columns = Math.max(2, Math.floor((width + GAP) / (minSide + GAP)));
  const side = Math.max(1, (width - GAP * (columns - 1)) / columns);
  return { columns, rowHeight: Math.ceil(side) + CAPTION + GAP };
}

/** Measures the grid and follows changes of its size. `null` before the first measurement. */
export function useGridLayout(grid: RefObject<HTMLElement | null>): GridLayout | null {
  const [layout, setLayout] = useState<GridLayout | null>(null);
  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const { width, top } = element.getBoundingClientRect();
      const next = { ...computeLayout(width), top: Math.round(top + window.scrollY) };
      setLayout((before) => (before && isSame(before, next) ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // Content above the grid may grow and move it.
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [grid]);
  return layout;
}

function isSame(one: GridLayout, other: GridLayout): boolean {
  return (
    one.columns === other.columns && one.rowHeight === other.rowHeight && one.top === other.top
  );
}

/** Index of the cell that a key moves the focus to; `null` for other keys. */
export function moveTo(
  key: string,
  from: number,
  {
    columns,
    rows,
    count,
  }: { readonly columns: number; readonly rows: number; readonly count: number },
): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    PageUp: -columns * rows,
    PageDown: columns * rows,
    Home: -count,
    End: count,
  };
  const step = Object.hasOwn(steps, key) ? steps[key] : undefined;
  if (step === undefined || count === 0) return null;
  const to = from + step;
  if (to >= 0 && to < count) return to;
  // Past an end: the first or last cell. Up and down stay, unless there is one more, shorter row.
  if (key === 'ArrowUp') return from;
  if (key === 'ArrowDown')
    return Math.floor(from / columns) < Math.floor((count - 1) / columns) ? count - 1 : from;
  return to < 0 ? 0 : count - 1;
}
