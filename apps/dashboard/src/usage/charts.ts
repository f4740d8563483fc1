import type { UsageDay } from '../api/types.js';
import { texts } from '../texts/index.js';
import { formatBytes, formatCount } from '../ui/format.js';

/** Colours by what they mean; plum is for what is private, as everywhere. */
export type Tone = 'accent' | 'plain' | 'private' | 'warn' | 'danger';

export interface Series {
  readonly label: string;
  readonly tone: Tone;
  /** One for each day. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly text: string;
  /** Stacked in this order, the first at the bottom. */
  readonly series: readonly Series[];
  readonly dates: readonly string[];
  readonly format: (value: number) => string;
  /** Round numbers of bytes are other ones than those of things. */
  readonly base: 10 | 1024;
  /** What the scale goes up to at least: there is no half of a read. */
  readonly least: number;
  /** Whether adding the days up says anything: amounts of each day do, states at its end do not. */
  readonly summable: boolean;
}

const seconds = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** The charts of some days of usage. */
export function chartsOf(days: readonly UsageDay[]): readonly Chart[] {
  const { storage, reads, cache, encode } = texts.usage.charts;
  const dates = days.map(({ date }) => date);
  const of = (label: string, tone: Tone, value: (day: UsageDay) => number): Series => ({
    label,
    tone,
    values: days.map(value),
  });
  const counted = { dates, format: formatCount, base: 10, least: 2, summable: true } as const;
  return [
    {
      ...counted,
      title: reads.title,
      text: reads.text,
      series: [
        of(reads.series.ok, 'accent', (day) => day.reads.ok),
        of(reads.series.notModified, 'plain', (day) => day.reads.notModified),
        of(reads.series.missing, 'private', (day) => day.reads.refused.missing),
        of(reads.series.expired, 'warn', (day) => day.reads.refused.expired),
        of(reads.series.other, 'danger', (day) => day.reads.refused.other),
      ],
    },
    {
      ...counted,
      title: cache.title,
      text: cache.text,
      series: [
        of(cache.series.hit, 'accent', (day) => day.cache.hit),
        of(cache.series.miss, 'plain', (day) => day.cache.miss),
        of(cache.series.bypass, 'private', (day) => day.cache.bypass),
      ],
    },
    {
      dates,
      format: formatBytes,
      base: 1024,
      least: 2,
      summable: false,
      title: storage.title,
      text: storage.text,
      series: [of(storage.series.stored, 'accent', (day) => day.storedBytes)],
    },
    {
      ...counted,
      least: 0,
      format: (value) => texts.usage.seconds(seconds.format(value)),
      title: encode.title,
      text: encode.text,
      series: [of(encode.series.seconds, 'accent', (day) => day.encodeSeconds)],
    },
  ];
}

/** The smallest round number that nothing goes beyond: some digit times a power, and easy to halve. */
export function roundTop(most: number, base: 10 | 1024): number {
  if (most <= 0) return 1;
  const unit = base === 10 ? 1 : 1024 ** Math.floor(Math.log(most) / Math.log(1024));
  const scaled = most / unit;
  const power = 10 ** Math.floor(Math.log10(scaled));
  const step = [1, 2, 3, 4, 6, 8, 10].find((one) => scaled <= one * power * (1 + 1e-9)) ?? 10;
  return step * power * unit;
}
