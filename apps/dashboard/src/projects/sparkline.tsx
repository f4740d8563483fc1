import { formatItems } from '../ui/format.js';

const HEIGHT = 28;
const STEP = 8;
const BAR = 5;
/** Height of a day without reads, and least height of one with. */
const ZERO = 1;
const LEAST = 3;

/** The reads of the last days as small bars, with their sum as text. */
export function Sparkline({ reads }: { readonly reads: readonly number[] }) {
  const most = Math.max(1, ...reads);
  const total = reads.reduce((sum, one) => sum + one, 0);
  const width = reads.length * STEP - (STEP - BAR);
  const barOf = (count: number, day: number) => {
    const height = count === 0 ? ZERO : Math.max(LEAST, (count / most) * HEIGHT);
    return `M${day * STEP} ${HEIGHT}v${-height}h${BAR}v${height}z`;
  };
  const bars = (areEmpty: boolean) =>
    reads.map((count, day) => ((count === 0) === areEmpty ? barOf(count, day) : '')).join('');
  return (
    <div className="grid gap-1">
      <svg
        aria-hidden="true"
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        className="max-w-full"
      >
        <path d={bars(true)} className="fill-edge" />
        <path d={bars(false)} className="fill-accent" />
      </svg>
      <span className="text-xs text-muted tabular-nums">
        {formatItems(total, 'read')} in {reads.length} days
      </span>
    </div>
  );
}
