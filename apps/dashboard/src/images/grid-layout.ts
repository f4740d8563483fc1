import { type RefObject, useLayoutEffect, useState } from 'react';

export interface GridLayout {
  readonly columns: number;
  /** From the top of one row to the top of the next. */
  readonly rowHeight: number;
  /** Where the grid begins on the page. */
  readonly top: number;
}

export const GAP = 12;
const CAPTION = 50;
const LEAST_SIDE = 150;
const WANTED_SIDE = 196;

/** How many columns fit, and how high that makes a row. At least two. */
export function layOut(width: number): Omit<GridLayout, 'top'> {
  const least = width < 640 ? LEAST_SIDE : WANTED_SIDE;
  const columns = Math.max(2, Math.floor((width + GAP) / (least + GAP)));
  const side = Math.max(1, (width - GAP * (columns - 1)) / columns);
  return { columns, rowHeight: Math.ceil(side) + CAPTION + GAP };
}

/** Follows the width that the grid has. `null` before the first measurement. */
export function useGridLayout(grid: RefObject<HTMLElement | null>): GridLayout | null {
  const [layout, setLayout] = useState<GridLayout | null>(null);
  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => {
      const { width, top } = element.getBoundingClientRect();
      const next = { ...layOut(width), top: Math.round(top + window.scrollY) };
      setLayout((before) => (before && isSame(before, next) ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    // What stands above the grid may grow.
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

/** Where a key leads from a cell; `null` for a key that does not move. */
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
  // Beyond an end: to the last cell of that side, but for a step up or down, which stays.
  if (key === 'ArrowUp') return from;
  if (key === 'ArrowDown')
    return Math.floor(from / columns) < Math.floor((count - 1) / columns) ? count - 1 : from;
  return to < 0 ? 0 : count - 1;
}
