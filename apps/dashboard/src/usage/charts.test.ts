import { describe, expect, it } from 'vitest';
import type { UsageDay } from '../api/types.js';
import { chartsOf, roundTop, ticksOf } from './charts.js';

const day: UsageDay = {
  date: '2026-11-25',
  uploads: 1,
  uploadedBytes: 10,
  deletes: 0,
  reads: { ok: 7, notModified: 3, refused: { missing: 2, expired: 1, other: 4 } },
  sentBytes: 100,
  encodeSeconds: 0.25,
  cache: { hit: 5, miss: 2, bypass: 3 },
  storedBytes: 2048,
  storedImages: 2,
};

describe('chartsOf', () => {
  it('shows each outcome of a read on its own, refusals by their reason', () => {
    const [reads, cache, storage, encode] = chartsOf([day]);
    expect(reads?.series.map(({ values }) => values[0])).toEqual([7, 3, 2, 1, 4]);
    expect(cache?.series.map(({ values }) => values[0])).toEqual([5, 2, 3]);
    expect(storage?.series.map(({ values }) => storage.format(values[0] ?? 0))).toEqual(['2 KB']);
    expect(encode?.series.map(({ values }) => encode.format(values[0] ?? 0))).toEqual(['0.25 s']);
  });

  it('never adds up what is stored at the end of each day', () => {
    expect(chartsOf([day, day]).map(({ summable }) => summable)).toEqual([true, true, false, true]);
  });
});

describe('roundTop', () => {
  it.each([
    [0, 10, 1],
    [7, 10, 8],
    [10, 10, 10],
    [11, 10, 20],
    [23_000, 10, 30_000],
    [0.3, 10, 0.3],
    [1500, 1024, 2048],
    [3.1 * 1024 ** 3, 1024, 4 * 1024 ** 3],
    [1000 * 1024, 1024, 1000 * 1024],
  ] as const)('%d on base %d goes up to %d', (most, base, top) => {
    expect(roundTop(most, base)).toBeCloseTo(top, 6);
  });
});

describe('ticksOf', () => {
  it('names the first and the last day, and others at equal distances', () => {
    expect(ticksOf(7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(ticksOf(30)).toEqual([0, 7, 15, 22, 29]);
    expect(ticksOf(90)).toEqual([0, 22, 45, 67, 89]);
    expect(ticksOf(1)).toEqual([0]);
    expect(ticksOf(0)).toEqual([]);
  });
});
