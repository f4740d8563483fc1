import { type KeyboardEvent, type PointerEvent, useId, useState } from 'react';
import { cn } from '../ui/cn.js';
import { formatDay, formatShortDay } from '../ui/format.js';
import { Bars, SWATCHES } from './bars.js';
import { type Chart, roundTop, type Series, ticksOf } from './charts.js';

/**
 * Days as stacked bars. The values of a day are shown for the pointer and the arrow keys, and read out as
 * the value of a slider. All values are also in a table.
 */
export function BarChart({ chart }: { readonly chart: Chart }) {
  const { title, text, series, dates, format, axis, empty, base, minTop } = chart;
  const id = useId();
  const [pointed, setPointed] = useState<number | null>(null);
  const [focused, setFocused] = useState<number | null>(null);
  const last = dates.length - 1;
  const day = clamp(pointed ?? focused, last);
  const sums = dates.map((_, index) => sumOf(series, index));
  const top = roundTop(Math.max(...sums, minTop), base);
  const isEmpty = sums.every((sum) => sum <= 0);

  const onKeyDown = (event: KeyboardEvent) => {
    const from = day ?? last;
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: from - 1,
      ArrowDown: from - 1,
      ArrowRight: from + 1,
      ArrowUp: from + 1,
      Home: 0,
      End: last,
    };
    const to = Object.hasOwn(moves, event.key) ? moves[event.key] : undefined;
    if (to === undefined) return;
    event.preventDefault();
    setPointed(null);
    setFocused(Math.max(0, Math.min(last, to)));
  };
  const onPointerMove = ({ clientX, currentTarget }: PointerEvent) => {
    const { left, width } = currentTarget.getBoundingClientRect();
    setPointed(Math.floor(((clientX - left) / width) * dates.length));
  };
  return (
    <section
      aria-labelledby={id}
      className="row-span-4 grid min-w-0 grid-cols-[minmax(0,1fr)] grid-rows-subgrid gap-3 rounded-lg border border-line bg-surface p-4"
    >
      <div className="grid gap-0.5">
        <h2 id={id} className="text-base">
          {title}
        </h2>
        <p className="text-sm text-muted">{text}</p>
      </div>
      <Legend chart={chart} day={day} />
      <div className="grid grid-cols-[minmax(0,1fr)_auto] gap-x-2">
        <p aria-hidden="true" className="col-span-2 pb-3 text-right text-xs text-muted">
          {axis}
        </p>
        <div
          role="slider"
          tabIndex={0}
          aria-label={`${title}, day`}
          aria-valuemin={1}
          aria-valuemax={dates.length}
          aria-valuenow={(day ?? last) + 1}
          aria-valuetext={describe(chart, day ?? last)}
          onKeyDown={onKeyDown}
          onFocus={() => setFocused((before) => before ?? last)}
          onBlur={() => setFocused(null)}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setPointed(null)}
          className="relative h-44 touch-pan-y rounded-sm"
        >
          <Bars series={series} count={dates.length} top={top} day={day} />
          {isEmpty && (
            <p className="absolute inset-0 grid place-items-center text-center text-sm text-muted">
              <span className="bg-surface px-2">{empty}</span>
            </p>
          )}
        </div>
        <div
          aria-hidden="true"
          className="grid content-between text-xs leading-none text-muted tabular-nums"
        >
          <span className="-mt-1.5">{isEmpty ? '' : format(top)}</span>
          <span>{isEmpty ? '' : format(top / 2)}</span>
          <span className="-mb-1.5">0</span>
        </div>
        <div aria-hidden="true" className="relative h-5 text-xs text-muted tabular-nums">
          {ticksOf(dates.length).map((tick) => (
            <span
              key={tick}
              className={cn(
                'absolute top-1.5 whitespace-nowrap',
                tick === 0 ? '' : tick === last ? '-translate-x-full' : '-translate-x-1/2',
              )}
              style={{ left: `${positionOf(tick, last)}%` }}
            >
              {dates[tick] && formatShortDay(dates[tick])}
            </span>
          ))}
        </div>
        <p aria-hidden="true" className="col-span-2 pt-1 text-center text-xs text-muted">
          Day (UTC)
        </p>
      </div>
      <DayTable chart={chart} />
    </section>
  );
}

function Legend({ chart, day }: { readonly chart: Chart; readonly day: number | null }) {
  const { series, dates, format, summable } = chart;
  const last = dates.length - 1;
  const date = day === null ? undefined : dates[day];
  const allDays = summable ? `Total of ${dates.length} days` : 'On the last day';
  const value = ({ values }: Series) => {
    if (day !== null) return values[day] ?? 0;
    return summable ? values.reduce((all, one) => all + one, 0) : (values[last] ?? 0);
  };
  return (
    <div className="grid content-start gap-1 text-sm tabular-nums">
      <p className="text-muted">{date ? formatDay(date) : allDays}</p>
      <ul className="flex flex-wrap gap-x-4 gap-y-0.5">
        {series.map((one) => (
          <li key={one.label} className="flex items-center gap-1.5">
            <span
              aria-hidden="true"
              className={`size-2.5 rounded-sm ${SWATCHES[one.tone].background}`}
            />
            <span className="text-muted">{one.label}</span>
            <span className="font-medium">{format(value(one))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The values of a chart, newest day first. */
function DayTable({ chart: { title, series, dates, format } }: { readonly chart: Chart }) {
  const cell = 'px-2 py-1 text-right first:pl-0 first:text-left last:pr-0 whitespace-nowrap';
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm py-0.5 text-muted hover:text-ink">
        Show as a table
      </summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable by keyboard */}
      <div tabIndex={0} className="mt-2 max-h-72 overflow-auto rounded-sm">
        <table className="w-full tabular-nums">
          <caption className="sr-only">{title}</caption>
          <thead className="text-muted">
            <tr>
              <th scope="col" className={`${cell} font-medium`}>
                Day
              </th>
              {series.map(({ label }) => (
                <th key={label} scope="col" className={`${cell} font-medium`}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {dates
              .map((date, index) => (
                <tr key={date}>
                  <th scope="row" className={`${cell} font-normal`}>
                    {formatDay(date)}
                  </th>
                  {series.map(({ label, values }) => (
                    <td key={label} className={cell}>
                      {format(values[index] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))
              .reverse()}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** Place of a day's name in percent: below its bar, but the first and the last are within the axis. */
function positionOf(day: number, last: number): number {
  if (day === 0 || last === 0) return 0;
  return day === last ? 100 : ((day + 0.5) / (last + 1)) * 100;
}

function describe({ series, dates, format }: Chart, day: number): string {
  const date = dates[day];
  const values = series.map(({ label, values: all }) => `${label}: ${format(all[day] ?? 0)}`);
  return `${date ? formatDay(date) : ''}: ${values.join(', ')}`;
}

const sumOf = (series: readonly Series[], day: number): number =>
  series.reduce((sum, { values }) => sum + (values[day] ?? 0), 0);

const clamp = (day: number | null, last: number): number | null =>
  day === null ? null : Math.max(0, Math.min(last, day));
