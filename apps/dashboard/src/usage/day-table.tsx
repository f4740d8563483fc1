import { texts } from '../texts/index.js';
import type { Chart } from './charts.js';
import { formatDay } from './format-day.js';

/** The numbers of a chart, the last day first. */
export function DayTable({ chart: { title, series, dates, format } }: { readonly chart: Chart }) {
  const cell = 'px-2 py-1 text-right first:pl-0 first:text-left last:pr-0 whitespace-nowrap';
  return (
    <details className="text-sm">
      <summary className="w-fit rounded-sm text-muted hover:text-ink">{texts.usage.table}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div tabIndex={0} className="mt-2 max-h-72 overflow-auto rounded-sm">
        <table className="w-full tabular-nums">
          <caption className="sr-only">{title}</caption>
          <thead className="text-muted">
            <tr>
              <th scope="col" className={`${cell} font-medium`}>
                {texts.usage.day}
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
