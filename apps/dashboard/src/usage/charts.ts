import type { UsageDay } from '../api/types.js';
import { formatBytes, formatCount } from '../ui/format.js';

/** Colors by meaning. As everywhere, plum marks what is private. */
export type Tone = 'accent' | 'plain' | 'private' | 'warn' | 'danger';

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  /** One per day. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly text: string;
  /** Stacked in this order, the first at the bottom. */
  readonly series: readonly Series[];
  readonly dates: readonly string[];
  readonly format: (value: number) => string;
  /** What the vertical axis counts, such as `Reads per day`. */
  readonly axis: string;
  /** Shown in place of bars if every value is zero. */
  readonly empty: string;
  /** Bytes are rounded to powers of 1024, counts to powers of 10. */
  readonly base: 10 | 1024;
  /** Lowest top of the scale: with 2, the half-way line of a chart of counts is a whole number. */
  readonly minTop: number;
  /** Whether the sum of all days means something: of amounts per day, not of levels at the day's end. */
  readonly summable: boolean;
}

const seconds = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const formatSeconds = (value: number): string => `${seconds.format(value)} s`;

/** The charts of a usage page. */
export function chartsOf(days: readonly UsageDay[]): readonly Chart[] {
  const dates = days.map(({ date }) => date);
  const series = (label: string, tone: Tone, value: (day: UsageDay) => number): Series => ({
    label,
    tone,
    values: days.map(value),
  });
  const counts = { dates, format: formatCount, base: 10, minTop: 2, summable: true } as const;
  return [
    {
      ...counts,
      title: 'Reads',
      axis: 'Reads per day',
      empty: 'No image was requested in this time.',
      text: 'How the server answered requests for images.',
      series: [
        series('200 image', 'accent', (day) => day.reads.ok),
        series('304 not modified', 'plain', (day) => day.reads.notModified),
        series('403 no token', 'private', (day) => day.reads.refused.missing),
        series('403 expired', 'warn', (day) => day.reads.refused.expired),
        series('403 other', 'danger', (day) => day.reads.refused.other),
      ],
    },
    {
      ...counts,
      title: 'Edge cache',
      axis: 'Reads per day',
      empty: 'No image was read in this time.',
      text: 'Whether images came from the edge cache. Private images never do.',
      series: [
        series('Hit', 'accent', (day) => day.cache.hit),
        series('Miss', 'plain', (day) => day.cache.miss),
        series('Bypassed (private)', 'private', (day) => day.cache.bypass),
      ],
    },
    {
      dates,
      format: formatBytes,
      base: 1024,
      minTop: 2,
      summable: false,
      title: 'Storage',
      axis: 'Bytes at the end of the day',
      empty: 'Nothing was stored in this time.',
      text: 'Size of the originals at the end of each day.',
      series: [series('Stored', 'accent', (day) => day.storedBytes)],
    },
    {
      ...counts,
      minTop: 0,
      format: formatSeconds,
      title: 'Image work',
      axis: 'Seconds per day',
      empty: 'No variant was made in this time.',
      text: 'Seconds spent on making variants.',
      series: [series('Seconds', 'accent', (day) => day.encodeSeconds)],
    },
  ];
}

/** The smallest round number at or above `max`: one digit times a power, easy to halve. */
export function roundTop(max: number, base: 10 | 1024): number {
  if (max <= 0) return 1;
  const unit = base === 10 ? 1 : 1024 ** Math.floor(Math.log(max) / Math.log(1024));
  const scaled = max / unit;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const step = [1, 2, 3, 4, 6, 8, 10].find((one) => scaled <= one * power * (1 + 1e-9)) ?? 10;
  return step * power * unit;
}

const MAX_TICKS = 7;
const FEW_TICKS = 5;

/** Indexes of the days that the horizontal axis names: every day of a week, otherwise five at equal distances. */
export function ticksOf(days: number): readonly number[] {
  const count = days <= MAX_TICKS ? days : FEW_TICKS;
  return Array.from({ length: count }, (_, tick) =>
    count === 1 ? 0 : Math.round((tick * (days - 1)) / (count - 1)),
  );
}
