import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditLog,
  InvalidCursorError,
  MAX_REVOKED_RECIPIENTS,
  REVOCATION_KEPT_SECONDS,
  type RecipientRecords,
  type UsageDelta,
  type UsageRecords,
} from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';
import { ORIGIN } from './image-fixtures.js';
import { namedDelta } from './named-usage.js';

/** A database with the projects `my-app` and `other-app` of one account. */
export interface RecipientRecordsSetup {
  readonly recipients: RecipientRecords;
  /** The same records through another connection, as another process has it. */
  readonly other: RecipientRecords;
  readonly usage: UsageRecords;
  readonly audit: AuditLog;
  readonly accountId: string;
  /** Revokes recipients past the port, many at once. */
  insertRevocations(project: string, subs: readonly string[], revokedAt: number): Promise<void>;
  renameProject(project: string, name: string): Promise<void>;
  /** Deletes a project: starts the deletion, and ends it. */
  deleteProject(project: string): Promise<void>;
  /** Rows of recipients in the database: of revocations, and of reads. */
  countRows(): Promise<{ readonly revocations: number; readonly reads: number }>;
  close(): Promise<void>;
}

const DAY = 24 * 3_600_000;
/** Noon of 2026-11-25, UTC. */
const NOON = Date.UTC(2026, 10, 25, 12);
const SECOND = NOON / 1000;

/** Declares the suite of `RecipientRecords`. Every test gets its own `setUp`. */
export function describeRecipientRecords(
  name: string,
  setUp: () => Promise<RecipientRecordsSetup>,
): void {
  describe(`${name} as RecipientRecords`, () => {
    let setup: RecipientRecordsSetup;
    beforeEach(async () => {
      setup = await setUp();
    });
    afterEach(() => setup.close());

    declareRevocations(() => setup);
    declareReads(() => setup);
  });
}

function declareRevocations(setup: () => RecipientRecordsSetup): void {
  const revoke = (sub: string, before = SECOND, project = 'my-app') =>
    setup().recipients.revoke(project, sub, before, ORIGIN);
  const revokedAt = (sub: string, project = 'my-app') =>
    Promise.all(
      [setup().recipients, setup().other].map((records) => records.revokedAt(project, sub)),
    );

  describe('revoke', () => {
    it('holds in every process from its result on, for this recipient of this project', async () => {
      expect(await revokedAt('customer:42')).toEqual([null, null]);
      expect(await revoke('customer:42')).toBe(SECOND);
      expect(await revokedAt('customer:42')).toEqual([SECOND, SECOND]);
      for (const sub of ['customer:4', 'customer:421', 'Customer:42']) {
        expect(await revokedAt(sub), sub).toEqual([null, null]);
      }
      expect(await revokedAt('customer:42', 'other-app')).toEqual([null, null]);
      await setup().other.revoke('my-app', 'customer:42', SECOND + 9, ORIGIN);
      expect(await revokedAt('customer:42')).toEqual([SECOND + 9, SECOND + 9]);
    });

    it('never decreases', async () => {
      await revoke('a', SECOND + 5);
      expect(await revoke('a', SECOND)).toBe(SECOND + 5);
      expect(await revokedAt('a')).toEqual([SECOND + 5, SECOND + 5]);
    });

    it('is the latest of concurrent ones', async () => {
      const seconds = Array.from({ length: 12 }, (_, n) => SECOND + ((n * 5) % 12));
      await Promise.all(seconds.map((at) => revoke('a', at)));
      expect(await revokedAt('a')).toEqual([SECOND + 11, SECOND + 11]);
    });

    it('moves to the new name of its project', async () => {
      await revoke('a');
      expect(await revokedAt('a')).toEqual([SECOND, SECOND]);
      await setup().renameProject('my-app', 'new-app');
      expect(await revokedAt('a')).toEqual([null, null]);
      expect(await revokedAt('a', 'new-app')).toEqual([SECOND, SECOND]);
    });

    it('adds an audit entry, or is not made', async () => {
      const { recipients, audit } = setup();
      await revoke('a');
      const { entries } = await audit.list({ project: 'my-app', limit: 10 });
      expect(entries.filter(({ action }) => action === 'recipient.revoked')).toMatchObject([
        {
          project: 'my-app',
          target: 'a',
          details: { revokedAt: '2026-11-25T12:00:00.000Z' },
          ...ORIGIN,
        },
      ]);
      // The database refuses the entry.
      const origin = { ...ORIGIN, address: null as unknown as string };
      await expect(recipients.revoke('my-app', 'b', SECOND, origin)).rejects.toThrow();
      expect(await revokedAt('b')).toEqual([null, null]);
    });

    it('finds no project and no recipient by any other text', async () => {
      await revoke('a');
      for (const text of HOSTILE_TEXTS) {
        expect(await revokedAt('a', text), text).toEqual([null, null]);
        expect(await revokedAt(text), text).toEqual([null, null]);
        expect(await revoke('a', SECOND, text), text).toBeNull();
      }
    });

    it('is bounded, and forgets what no living token is older than', async () => {
      const subs = Array.from({ length: MAX_REVOKED_RECIPIENTS }, (_, n) => `old-${n}`);
      await setup().insertRevocations('my-app', subs, SECOND);
      expect(await revoke('one-more')).toBe('limit_reached');
      expect(await revokedAt('one-more')).toEqual([null, null]);
      expect(await revoke('old-7', SECOND + 60)).toBe(SECOND + 60);
      expect(await revoke('one-more', SECOND, 'other-app')).toBe(SECOND);
      const last = SECOND + REVOCATION_KEPT_SECONDS;
      expect(await revoke('one-more', last)).toBe('limit_reached');
      expect(await revoke('one-more', last + 1)).toBe(last + 1);
      expect(await revokedAt('old-6')).toEqual([null, null]);
      expect(await revokedAt('old-7')).toEqual([SECOND + 60, SECOND + 60]);
      expect((await setup().countRows()).revocations).toBe(3);
    });

    it('is removed with its project', async () => {
      await revoke('a');
      await setup().usage.add([delta({ a: 1 })]);
      await setup().deleteProject('my-app');
      expect(await revokedAt('a')).toEqual([null, null]);
      expect(await setup().countRows()).toEqual({ revocations: 0, reads: 0 });
    });
  });
}

/** Reads by recipient, of ten bytes each. */
function delta(
  reads: Readonly<Record<string, number>>,
  at = NOON,
  project = 'my-app',
  others = 0,
): UsageDelta {
  return namedDelta('recipient', reads, { at, project, others });
}

function declareReads(setup: () => RecipientRecordsSetup): void {
  const add = (...parameters: Parameters<typeof delta>) =>
    setup().usage.add([delta(...parameters)]);
  const list = (query: { limit?: number; search?: string; cursor?: string } = {}, now = NOON) =>
    setup().other.list('my-app', { limit: 100, ...query }, now);
  const reads = async (...parameters: Parameters<typeof list>) => {
    const { recipients, others } = await list(...parameters);
    return [...recipients.map((one) => [one.sub, one.reads]), ['', others.reads]];
  };

  describe('list', () => {
    it('has the reads of each recipient in the last 30 days, the most first', async () => {
      expect(await list()).toEqual({
        recipients: [],
        others: { reads: 0, sentBytes: 0 },
        cursor: null,
      });
      // By a server whose clock is ahead.
      await add({ often: 100 }, NOON + DAY);
      await add({ seldom: 9, left: 50 }, NOON - 30 * DAY);
      await add({ often: 5, seldom: 1 }, NOON - 29 * DAY);
      await add({ often: 2 }, NOON - DAY);
      await add({ often: 1 }, NOON, 'my-app', 4);
      await add({ often: 7 }, NOON, 'other-app');
      expect(await list()).toEqual({
        recipients: [
          { sub: 'often', reads: 8, sentBytes: 80, lastReadOn: '2026-11-25', revokedAt: null },
          { sub: 'seldom', reads: 1, sentBytes: 10, lastReadOn: '2026-10-27', revokedAt: null },
        ],
        others: { reads: 4, sentBytes: 40 },
        cursor: null,
      });
    });

    it('has the recipients that are revoked, until their tokens have expired', async () => {
      await add({ a: 3 });
      for (const sub of ['a', 'z']) {
        await setup().recipients.revoke('my-app', sub, SECOND, ORIGIN);
      }
      const revoked = { lastReadOn: null, reads: 0, sentBytes: 0, revokedAt: SECOND };
      const { recipients } = await list();
      expect(recipients).toEqual([
        { ...revoked, sub: 'a', reads: 3, sentBytes: 30, lastReadOn: '2026-11-25' },
        { ...revoked, sub: 'z' },
      ]);
      const later = await list({}, NOON + (REVOCATION_KEPT_SECONDS + 1) * 1000);
      expect(later.recipients).toMatchObject([{ sub: 'a', reads: 3, revokedAt: null }]);
    });

    it('has every recipient in one page', async () => {
      await add({ b: 2, a: 2, c: 2, d: 7, e: 1 });
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await list({ limit: 2, ...(cursor !== null && { cursor }) });
        seen.push(...page.recipients.map(({ sub }) => sub));
        cursor = page.cursor;
      } while (cursor !== null);
      expect(seen).toEqual(['d', 'a', 'b', 'c', 'e']);
    });

    it('finds a part of a recipient, in any case and to the letter', async () => {
      await add({ 'Ada@example.com': 2, a_b: 1, axb: 1, '100%': 0 });
      expect(await reads({ search: 'ADA@' })).toEqual([
        ['Ada@example.com', 2],
        ['', 0],
      ]);
      expect(await reads({ search: 'a_b' })).toEqual([
        ['a_b', 1],
        ['', 0],
      ]);
      expect(await reads({ search: '\\' })).toEqual([['', 0]]);
    });

    it.each(['', 'x', 'MSBh=', btoa('1 a b'), btoa('01 a')])(
      'rejects the cursor %j',
      async (cursor) => {
        await expect(list({ cursor })).rejects.toThrow(InvalidCursorError);
      },
    );

    it.each([0, -1, 1001, 1.5])('rejects a limit of %d', async (limit) => {
      await expect(list({ limit })).rejects.toThrow(RangeError);
    });

    it('is empty for any other project', async () => {
      await add({ a: 1 });
      const nothing = { recipients: [], others: { reads: 0, sentBytes: 0 }, cursor: null };
      for (const text of ['gone', ...HOSTILE_TEXTS]) {
        expect(await setup().recipients.list(text, { limit: 1 }, NOON), text).toEqual(nothing);
      }
    });
  });

  describe('reads by recipient', () => {
    it('sum the additions of every process', async () => {
      await Promise.all(Array.from({ length: 12 }, (_, n) => add({ a: n, [`b-${n % 3}`]: 1 })));
      expect(await reads()).toEqual([
        ['a', 66],
        ['b-0', 4],
        ['b-1', 4],
        ['b-2', 4],
        ['', 0],
      ]);
    });
  });
}
