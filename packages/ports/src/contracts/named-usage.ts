import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_NAMED, NAMED_DAYS, type UsageDelta, type UsageKind } from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';
import type { UsageRecordsSetup } from './usage-secrets.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Noon of 2026-11-25, UTC. */
const NOON = Date.UTC(2026, 10, 25, 12);

interface NamedOptions {
  readonly at?: number;
  readonly project?: string;
  /** Reads of further names. */
  readonly others?: number;
  /** Most reads that one of them may have. */
  readonly unseen?: number;
}

/** Reads by name, of ten bytes and two milliseconds each. */
export function namedDelta(
  kind: UsageKind,
  reads: Readonly<Record<string, number>>,
  { at = NOON, project = 'my-app', others = 0, unseen = 0 }: NamedOptions = {},
): UsageDelta {
  const counts = (count: number) => ({
    reads: count,
    sentBytes: 10 * count,
    encodeMilliseconds: 2 * count,
  });
  const names = new Map(
    Object.entries(reads).map(([name, count]) => [name, { ...counts(count), unseen: 0 }]),
  );
  const named = { [kind]: { names, others: { ...counts(others), unseen } } };
  return { project, hour: at - (at % HOUR), counts: {}, named };
}

/** The part of the `UsageRecords` suite about counts by name. */
export function declareNamedUsage(setup: () => UsageRecordsSetup): void {
  let id: string;
  beforeEach(async () => {
    id = (await setup().registry.findProject('my-app'))?.id ?? 'none';
  });
  const add = (
    reads: Readonly<Record<string, number>>,
    options: NamedOptions = {},
    kind: UsageKind = 'image',
  ) => setup().usage.add([namedDelta(kind, reads, options)]);
  const busiest = (
    { days = 3, limit = 100, now = NOON, kind = 'image' as UsageKind } = {},
    project = id,
  ) => setup().other.busiest(project, kind, days, limit, now);
  const reads = async (...parameters: Parameters<typeof busiest>) =>
    (await busiest(...parameters)).names.map((one) => [one.name, one.reads]);

  describe('busiest', () => {
    it('has the names with the most reads in a span of days, each with its counts', async () => {
      const nothing = { reads: 0, sentBytes: 0, encodeMilliseconds: 0 };
      expect(await busiest()).toEqual({ names: [], others: nothing, margin: 0 });
      await add({ before: 100 }, { at: NOON - 3 * DAY });
      await add({ 'a/b': 1, c: 2 }, { at: NOON - 2 * DAY });
      await add({ 'a/b': 4 });
      await add({ c: 1, d: 1 }, { others: 5 });
      // By a server whose clock is ahead, of another project, and of another kind.
      await add({ after: 100 }, { at: NOON + DAY });
      await add({ foreign: 100 }, { project: 'other-app' });
      await add({ preset: 100 }, {}, 'preset');
      expect(await busiest({ limit: 2 })).toEqual({
        names: [
          {
            name: 'a/b',
            reads: 5,
            sentBytes: 50,
            encodeMilliseconds: 10,
            readsByDay: [1, 0, 4],
          },
          { name: 'c', reads: 3, sentBytes: 30, encodeMilliseconds: 6, readsByDay: [2, 0, 1] },
        ],
        others: { reads: 6, sentBytes: 60, encodeMilliseconds: 12 },
        margin: 0,
      });
      expect(await reads({ kind: 'preset' })).toEqual([['preset', 100]]);
    });

    it('sums the additions of every process', async () => {
      await Promise.all(Array.from({ length: 12 }, (_, n) => add({ a: n, [`b-${n % 3}`]: 1 })));
      await setup().other.add([namedDelta('image', { a: 100 })]);
      expect(await reads()).toEqual([
        ['a', 166],
        ['b-0', 4],
        ['b-1', 4],
        ['b-2', 4],
      ]);
    });

    it.each([
      { days: 0 },
      { days: NAMED_DAYS + 1 },
      { days: 1.5 },
      { limit: 0 },
      { limit: MAX_NAMED + 1 },
      { limit: 1.5 },
    ])('rejects %j', async (query) => {
      await expect(busiest(query)).rejects.toThrow(RangeError);
    });

    it('is empty for an unknown project', async () => {
      await add({ a: 1 });
      for (const text of ['gone', 'my-app', ...HOSTILE_TEXTS]) {
        expect((await busiest({}, text)).names, text).toEqual([]);
      }
    });
  });

  describe('too many names of a day', () => {
    const many = (prefix: string, count: number, each = 1) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`${prefix}${n}`, each]));

    it('become others, and the margin bounds what any name misses', async () => {
      // One has the fewest reads, is dropped, and comes back.
      let total = 0;
      for (let round = 0; round < 4; round++) {
        await add({ ...many(`r${round}-`, 600, 3), again: 1 });
        total += 1801;
      }
      const { names, others, margin } = await busiest({ limit: MAX_NAMED });
      const again = names.find(({ name }) => name === 'again')?.reads ?? 0;
      expect(names.reduce((sum, one) => sum + one.reads, others.reads)).toBe(total);
      expect(others.sentBytes).toBe(10 * others.reads);
      expect(margin).toBeGreaterThan(0);
      // The bound of the algorithm.
      expect(margin).toBeLessThanOrEqual(total / (MAX_NAMED + 1));
      expect(again).toBeLessThan(4);
      expect(again + margin).toBeGreaterThanOrEqual(4);
      expect(await setup().countNamed()).toBeLessThanOrEqual(MAX_NAMED + 201);
    });

    it('may be dropped by a process, too, which says what they may have had', async () => {
      await add({ a: 7, b: 2 }, { others: 30, unseen: 5 });
      await add({ c: 1 });
      const { margin, others } = await busiest();
      expect([margin, others.reads]).toEqual([5, 30]);
      await add({ a: 1, b: 1 }, { others: 9, unseen: 2 });
      expect((await busiest()).margin).toBe(7);
      // `c` may have had 5 + 2 reads before, and so may new names; `b` has 3 for certain.
      await add(many('x', 1300, 1));
      const { names, margin: after } = await busiest({ limit: MAX_NAMED });
      expect(names.map(({ name }) => name).slice(0, 2)).toEqual(['a', 'c']);
      expect(names.some(({ name }) => name === 'b')).toBe(false);
      expect(after).toBe(8);
    });
  });

  describe('removeOld', () => {
    it('deletes what is in no answer any more, of idle projects as well', async () => {
      await add({ a: 1, b: 1 }, { at: NOON - NAMED_DAYS * DAY });
      await add({ a: 1 }, { at: NOON - NAMED_DAYS * DAY, project: 'other-app' }, 'recipient');
      await add({ a: 1 }, { at: NOON - (NAMED_DAYS - 1) * DAY });
      expect(await setup().countNamed()).toBe(3 + 2 + 2);
      await setup().usage.removeOld(NOON);
      expect(await setup().countNamed()).toBe(2);
      expect(await reads({ days: NAMED_DAYS })).toEqual([['a', 1]]);
      await setup().usage.removeOld(NOON + DAY, AbortSignal.abort());
      expect(await setup().countNamed()).toBe(2);
      await setup().usage.removeOld(NOON + DAY);
      expect(await setup().countNamed()).toBe(0);
    });

    it('keeps the hours of the longest span, and the last one before it', async () => {
      for (const days of [200, 120, 92, 89]) {
        await setup().usage.add([
          { project: 'my-app', hour: NOON - days * DAY, counts: { readsOk: days } },
        ]);
      }
      const before = await setup().usage.days(id, 90, NOON);
      await setup().usage.removeOld(NOON);
      expect(await setup().other.days(id, 90, NOON)).toEqual(before);
      expect(before[0]?.counts.readsOk).toBe(89);
    });
  });
}
