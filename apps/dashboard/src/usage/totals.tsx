import type { Usage, UsageDay } from '../api/types.js';
import { texts } from '../texts/index.js';
import { formatBytes, formatCount } from '../ui/format.js';

/** The numbers above the charts. */
export function Totals({ usage }: { readonly usage: Usage }) {
  const words = texts.usage.now;
  const { days, usedBytes, quotaBytes, images } = usage;
  const sum = (value: (day: UsageDay) => number) => days.reduce((all, day) => all + value(day), 0);
  const reads = sum(({ reads: { ok, notModified, refused } }) =>
    [ok, notModified, ...Object.values(refused)].reduce((all, one) => all + one, 0),
  );
  return (
    <dl
      aria-label={words.label}
      className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-3 lg:grid-cols-5"
    >
      <Total name={words.stored} note={quotaBytes !== null && words.of(formatBytes(quotaBytes))}>
        {formatBytes(usedBytes)}
      </Total>
      <Total name={words.images}>{formatCount(images)}</Total>
      <Total name={words.reads}>{formatCount(reads)}</Total>
      <Total name={words.sent}>{formatBytes(sum(({ sentBytes }) => sentBytes))}</Total>
      <Total
        name={words.uploads}
        note={words.deletes(formatCount(sum(({ deletes }) => deletes)))}
        className="max-lg:sm:col-span-2 max-sm:col-span-2"
      >
        {formatCount(sum(({ uploads }) => uploads))}
      </Total>
    </dl>
  );
}

function Total({
  name,
  note,
  className = '',
  children,
}: {
  readonly name: string;
  readonly note?: string | false;
  readonly className?: string;
  readonly children: string;
}) {
  return (
    <div className={`bg-surface px-4 py-3 tabular-nums ${className}`}>
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="text-xl leading-8 font-semibold tracking-tight">
        {children}
        {note && (
          <span className="ml-2 text-sm font-normal tracking-normal text-muted">{note}</span>
        )}
      </dd>
    </div>
  );
}
