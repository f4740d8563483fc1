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

/** Share of a day's width that its bar fills. */
const FILLED = 0.74;
/** Minimum height of a bar that is not zero, in percent. */
const MIN_HEIGHT = 0.8;

/** The drawing. It is hidden from screen readers: the slider and the table have the same values. */
export function Bars({
  series,
  count,
  top,
  day,
}: {
  readonly series: readonly Series[];
  readonly count: number;
  readonly top: number;
  /** The highlighted day. */
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
      {/* A mark for a day without anything, so that it does not look like a day without data. */}
      {Array.from({ length: count }, (_, index) => index)
        .filter((index) => series.every(({ values }) => (values[index] ?? 0) <= 0))
        .map((index) => (
          <rect
            key={index}
            x={`${(index + (1 - FILLED) / 2) * step}%`}
            y="100%"
            width={`${step * FILLED}%`}
            height="3"
            className="-translate-y-[3px] fill-line"
          />
        ))}
      {stacked(series, count, top).map(({ key, tone, index, bottom, height }) => (
        <rect
          key={key}
          x={`${(index + (1 - FILLED) / 2) * step}%`}
          y={`${100 - bottom - height}%`}
          width={`${step * FILLED}%`}
          height={`${height}%`}
          // A line in the background color separates bars for people who cannot tell their colors apart.
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
      const height = Math.max(MIN_HEIGHT, (value / top) * 100);
      const bar = { key: `${index} ${label}`, tone, index, bottom, height };
      bottom += height;
      return [bar];
    });
  });
}
