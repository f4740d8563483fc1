import type { Series, Tone } from './charts.js';

export const SWATCHES: Readonly<
  Record<Tone, { readonly background: string; readonly fill: string }>
> = {
  accent: { background: 'bg-accent', fill: 'fill-accent' },
  plain: { background: 'bg-edge', fill: 'fill-edge' },
  private: { background: 'bg-private', fill: 'fill-private' },
  warn: { background: 'bg-warn', fill: 'fill-warn' },
  danger: { background: 'bg-danger', fill: 'fill-danger' },
};

/** Share of a day's width that its bar takes. */
const FILLED = 0.74;
/** Least height that can be seen of what is not nothing, in percent. */
const LEAST = 0.8;

/** The drawing alone: everything in it is said elsewhere, too. */
export function Bars({
  series,
  count,
  top,
  day,
}: {
  readonly series: readonly Series[];
  readonly count: number;
  readonly top: number;
  /** The day that is looked at. */
  readonly day: number | null;
}) {
  const step = 100 / count;
  return (
    <svg aria-hidden="true" className="absolute inset-0 size-full overflow-visible">
      {day !== null && (
        <rect x={`${day * step}%`} y="0" width={`${step}%`} height="100%" className="fill-hover" />
      )}
      {[0, 50].map((height) => (
        <line
          key={height}
          x1="0"
          x2="100%"
          y1={`${height}%`}
          y2={`${height}%`}
          className="stroke-line"
        />
      ))}
      {stacked(series, count, top).map(({ key, tone, index, bottom, height }) => (
        <rect
          key={key}
          x={`${(index + (1 - FILLED) / 2) * step}%`}
          y={`${100 - bottom - height}%`}
          width={`${step * FILLED}%`}
          height={`${height}%`}
          // A line of the ground keeps neighbours apart for those who see their colours as one.
          className={`${SWATCHES[tone].fill} stroke-surface`}
          strokeWidth={series.length > 1 && count <= 31 ? 1 : 0}
        />
      ))}
      <line x1="0" x2="100%" y1="100%" y2="100%" className="stroke-edge" />
    </svg>
  );
}

function stacked(series: readonly Series[], count: number, top: number) {
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    let bottom = 0;
    return series.flatMap(({ label, tone, values }) => {
      const value = values[index] ?? 0;
      if (value <= 0) return [];
      const height = Math.max(LEAST, (value / top) * 100);
      const bar = { key: `${index} ${label}`, tone, index, bottom, height };
      bottom += height;
      return [bar];
    });
  });
}
