import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageCounts, UsageDelta } from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry } from './fixtures.js';
import { declareNamedUsage } from './named-usage.js';
import { declareSecretUsage, type UsageRecordsSetup } from './usage-secrets.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Noon of 2026-11-25, UTC. */
const NOON = Date.UTC(2026, 10, 25, 12);

const NOTHING: UsageCounts = {
  uploads: 0,
  uploadedBytes: 0,
  deletes: 0,
  readsOk: 0,
  readsNotModified: 0,
  readsRefusedMissing: 0,
  readsRefusedExpired: 0,
  readsRefusedOther: 0,
  sentBytes: 0,
  encodeMilliseconds: 0,
  cacheHits: 0,
  cacheMisses: 0,
  cacheBypasses: 0,
};
/** A different number for each count. */
const EACH: UsageCounts = {
  uploads: 1,
  uploadedBytes: 2 ** 40 + 2,
  deletes: 3,
  readsOk: 4,
  readsNotModified: 5,
  readsRefusedMissing: 6,
  readsRefusedExpired: 7,
  readsRefusedOther: 8,
  sentBytes: 2 ** 40 + 9,
  encodeMilliseconds: 10,
  cacheHits: 11,
  cacheMisses: 12,
  cacheBypasses: 13,
};

/** Declares the suite of `UsageRecords`. Every test gets its own `setUp`. */
export function describeUsageRecords(name: string, setUp: () => Promise<UsageRecordsSetup>): void {
  describe(`${name} as UsageRecords`, () => {
    let setup: UsageRecordsSetup;
    let id: string;
    beforeEach(async () => {
      setup = await setUp();
      id = await idOf('my-app');
    });
    afterEach(() => setup.close());

    const idOf = async (project: string) =>
      (await setup.registry.findProject(project))?.id ?? 'none';
    const add = (at: number, counts: Partial<UsageCounts>, project = 'my-app') =>
      setup.usage.add([{ project, hour: at - (at % HOUR), counts }]);
    const days = (count: number, projectId = id, now = NOON) =>
      setup.usage.days(projectId, count, now);

    describe('days', () => {
      it('include days without usage and end today', async () => {
        const empty = (date: string) => ({
          date,
          counts: NOTHING,
          storedBytes: 0,
          storedImages: 0,
        });
        expect(await days(3)).toEqual(['2026-11-23', '2026-11-24', '2026-11-25'].map(empty));
        expect(await days(1)).toEqual([empty('2026-11-25')]);
        const span = await days(90);
        expect(span).toHaveLength(90);
        expect([span[0]?.date, span[89]?.date]).toEqual(['2026-08-28', '2026-11-25']);
      });

      it('are UTC days, to the last millisecond', async () => {
        const midnight = Date.UTC(2026, 10, 25);
        const dates = async (now: number) => (await days(2, id, now)).map(({ date }) => date);
        expect(await dates(midnight)).toEqual(['2026-11-24', '2026-11-25']);
        expect(await dates(midnight - 1)).toEqual(['2026-11-23', '2026-11-24']);
      });

      it('have every count exactly', async () => {
        await add(NOON, EACH);
        const [day] = await days(1);
        expect(day?.counts).toEqual(EACH);
      });

      it('sum all hours and all additions of every process', async () => {
        const midnight = Date.UTC(2026, 10, 25);
        await add(midnight - 1, { readsOk: 1 });
        await add(midnight, { readsOk: 10 });
        await add(midnight, { readsOk: 20, sentBytes: 5 });
        await add(NOON, { readsOk: 100 });
        await setup.other.add([{ project: 'my-app', hour: NOON, counts: { readsOk: 200 } }]);
        const [yesterday, today] = await days(2);
        expect(yesterday?.counts).toEqual({ ...NOTHING, readsOk: 1 });
        expect(today?.counts).toEqual({ ...NOTHING, readsOk: 330, sentBytes: 5 });
        expect(await setup.other.days(id, 2, NOON)).toEqual([yesterday, today]);
      });

      it('lose no concurrent addition', async () => {
        await Promise.all(
          Array.from({ length: 20 }, (_, n) => add(NOON - (n % 3) * HOUR, { readsOk: n })),
        );
        expect((await days(1))[0]?.counts.readsOk).toBe(190);
      });

      it('count each project separately', async () => {
        await setup.usage.add([
          { project: 'my-app', hour: NOON, counts: { readsOk: 1 } },
          { project: 'other-app', hour: NOON, counts: { readsOk: 2 } },
        ]);
        expect((await days(1))[0]?.counts.readsOk).toBe(1);
        expect((await days(1, await idOf('other-app')))[0]?.counts.readsOk).toBe(2);
      });

      it('start and end with the span', async () => {
        await add(NOON - 3 * DAY, { readsOk: 1 });
        await add(NOON - 2 * DAY, { readsOk: 2 });
        await add(NOON + DAY, { readsOk: 4 });
        expect((await days(3)).map(({ counts }) => counts.readsOk)).toEqual([2, 0, 0]);
      });

      it('go back 90 days, whatever was added since', async () => {
        await add(NOON - 89 * DAY, { readsOk: 1 });
        for (let n = 88; n >= 0; n -= 8) await add(NOON - n * DAY, { readsOk: 1 });
        const span = await days(90);
        expect(span[0]?.counts.readsOk).toBe(1);
        expect(span.reduce((sum, { counts }) => sum + counts.readsOk, 0)).toBe(13);
      });

      it.each([0, -1, 91, 1.5, Number.NaN])('reject a span of %d', async (count) => {
        await expect(days(count)).rejects.toThrow(RangeError);
      });

      it('are empty for an unknown project', async () => {
        await add(NOON, EACH);
        for (const text of ['gone', 'my-app', ...HOSTILE_TEXTS]) {
          expect(await days(1, text), text).toMatchObject([{ counts: NOTHING, storedBytes: 0 }]);
        }
      });
    });

    declareNamedUsage(() => setup);

    describe('readsByDay', () => {
      it('lists the reads of each project for each day of the span', async () => {
        await add(NOON - 3 * DAY, { readsOk: 9 });
        await add(NOON - 2 * DAY, { readsOk: 2, readsNotModified: 1, readsRefusedOther: 7 });
        await add(NOON - HOUR, { readsOk: 4 });
        await add(NOON, { readsOk: 5 });
        // By a server whose clock is ahead.
        await add(NOON + DAY, { readsOk: 8 });
        const other = await idOf('other-app');
        await add(NOON, { readsOk: 1 }, 'other-app');
        const all = await setup.other.readsByDay([id, other, 'unknown'], 3, NOON);
        expect(all).toEqual(
          new Map([
            [id, [3, 0, 9]],
            [other, [0, 0, 1]],
          ]),
        );
        expect(await setup.usage.readsByDay([], 3, NOON)).toEqual(new Map());
        await expect(setup.usage.readsByDay([id], 91, NOON)).rejects.toThrow(RangeError);
      });
    });

    describe('stored bytes and images', () => {
      const stored = async (count: number) =>
        (await days(count)).map(({ storedBytes, storedImages }) => [storedBytes, storedImages]);

      it('is the value at the end of each day, and the current one for today', async () => {
        await setup.addImage('my-app', 10);
        await add(NOON - 5 * DAY, { uploads: 1 });
        await setup.addImage('my-app', 7);
        await add(NOON - 5 * DAY + HOUR, { uploads: 1 });
        await setup.addImage('my-app', 100);
        await add(NOON - 2 * DAY, { uploads: 1 });
        await setup.addImage('my-app', 1000);
        expect(await stored(7)).toEqual([
          [0, 0],
          [17, 2],
          [17, 2],
          [17, 2],
          [117, 3],
          [117, 3],
          [1117, 4],
        ]);
      });

      it('is known from before the span', async () => {
        await setup.addImage('my-app', 10);
        await add(NOON - 60 * DAY, { uploads: 1 });
        expect(await stored(3)).toEqual([
          [10, 1],
          [10, 1],
          [10, 1],
        ]);
        await setup.addImage('my-app', 5);
        expect(await stored(2)).toEqual([
          [10, 1],
          [15, 2],
        ]);
      });

      it('is known after a long time without usage', async () => {
        await setup.addImage('my-app', 10);
        await add(NOON - 400 * DAY, { uploads: 1 });
        await add(NOON - 300 * DAY, { readsOk: 1 });
        await setup.addImage('my-app', 5);
        await add(NOON, { uploads: 1 });
        const span = await stored(90);
        expect(span[0]).toEqual([10, 1]);
        expect(span[88]).toEqual([10, 1]);
        expect(span[89]).toEqual([15, 2]);
      });
    });

    describe('add', () => {
      it('drops counts of deleted projects and keeps the rest', async () => {
        const entry = newAuditEntry('', 'project.deleted');
        const project = await setup.registry.findProject('other-app');
        const accountId = project?.accountId ?? '';
        await setup.registry.beginDeletion(project?.id ?? '', accountId, { ...entry, accountId });
        const deltas = ['gone', 'other-app', 'my-app', ...HOSTILE_TEXTS].map(
          (name): UsageDelta => ({ project: name, hour: NOON, counts: { readsOk: 1 } }),
        );
        await setup.usage.add(deltas);
        await setup.usage.add([]);
        expect((await days(1))[0]?.counts.readsOk).toBe(1);
        expect((await days(1, project?.id ?? ''))[0]?.counts.readsOk).toBe(0);
      });
    });

    declareSecretUsage(() => setup);
  });
}
