import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AuditLog, InvalidCursorError, type NewAuditEntry } from '../index.js';
import { entry, STRANGE_TEXTS } from './registry-rows.js';

/** A database with an empty log. */
export interface AuditLogSetup {
  readonly audit: AuditLog;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: AuditLog;
  makeAccount(): Promise<string>;
  /** Makes a project, without an entry about that. */
  makeProject(accountId: string, name: string): Promise<void>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;

/** The suite of {@link AuditLog}: declares its tests against what `setUp` makes for each. */
export function describeAuditLog(name: string, setUp: () => Promise<AuditLogSetup>): void {
  describe(`${name} as AuditLog`, () => {
    let setup: AuditLogSetup;
    let accountId: string;
    let otherId: string;
    beforeEach(async () => {
      setup = await setUp();
      accountId = await setup.makeAccount();
      otherId = await setup.makeAccount();
      await setup.makeProject(accountId, 'my-app');
      await setup.makeProject(accountId, 'other-app');
      await setup.makeProject(otherId, 'foreign-app');
    });
    afterEach(() => setup.close());

    const append = (n: number, facts: Partial<NewAuditEntry> = {}, at = NOW + n) =>
      setup.audit.append([{ ...entry(accountId, 'image.deleted', facts), target: `${n}`, at }]);

    /** The targets of every entry, page by page. */
    const targets = async (limit: number, project?: string, account = accountId) => {
      const found: (string | null)[] = [];
      let cursor: string | null = null;
      do {
        const query = { accountId: account, limit, ...(project === undefined ? {} : { project }) };
        const from: { cursor?: string } = cursor === null ? {} : { cursor };
        const page = await setup.audit.list({ ...query, ...from });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        found.push(...page.entries.map(({ target }) => target));
        cursor = page.cursor;
      } while (cursor !== null);
      return found;
    };

    it('gives each entry as it was added, to every process', async () => {
      const added = {
        ...entry(accountId, 'image.visibility_changed'),
        actor: { kind: 'secret_key', name: `a "key's" name` },
        target: 'abc123xyz0-photo.jpg',
        details: { from: 'private', to: 'public', version: 2, forced: false, note: null },
        at: NOW,
      } as const;
      await setup.audit.append([added]);
      const page = { entries: [{ ...added, id: expect.any(String) }], cursor: null };
      expect(await setup.audit.list({ accountId, limit: 10 })).toEqual(page);
      expect(await setup.other.list({ accountId, limit: 10 })).toEqual(page);
    });

    it('adds many together or none', async () => {
      const good = { ...entry(accountId, 'image.deleted'), at: NOW };
      await setup.audit.append([]);
      await setup.audit.append([good, { ...good, at: NOW + 1 }]);
      await expect(setup.audit.append([good, { ...good, accountId: 'gone' }])).rejects.toThrow();
      const { entries } = await setup.audit.list({ accountId, limit: 10 });
      expect(entries).toHaveLength(2);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(2);
    });

    it('gives the newest first, by their time and then by their order', async () => {
      await append(1, {}, NOW);
      await append(2, {}, NOW);
      await append(3, {}, NOW - 5);
      await append(4, {}, NOW);
      for (const limit of [1, 2, 3, 4, 5, 200]) {
        expect(await targets(limit), `${limit} a page`).toEqual(['4', '2', '1', '3']);
      }
    });

    it('goes on where the page before ended, whatever came meanwhile', async () => {
      for (const n of [1, 2, 3]) await append(n);
      const { cursor } = await setup.audit.list({ accountId, limit: 2 });
      await append(4);
      const query = { accountId, limit: 2, cursor: cursor ?? '' };
      const next = await setup.other.list(query);
      expect(next.entries.map(({ target }) => target)).toEqual(['1']);
      expect(next.cursor).toBeNull();
    });

    it('keeps to one account', async () => {
      await append(1);
      await append(2, { accountId: otherId, project: 'foreign-app' });
      await append(3, { project: null });
      expect(await targets(10)).toEqual(['3', '1']);
      expect(await targets(10, undefined, otherId)).toEqual(['2']);
      for (const text of ['gone', ...STRANGE_TEXTS]) {
        expect(await targets(10, undefined, text), text).toEqual([]);
      }
    });

    it('keeps to one project where that is asked for', async () => {
      for (const n of [1, 2, 3, 4]) await append(n, { project: n % 2 ? 'my-app' : 'other-app' });
      await append(5, { project: null });
      // Nobody writes into another account's project.
      await append(6, { accountId: otherId, project: 'my-app' });
      expect(await targets(1, 'my-app')).toEqual(['3', '1']);
      expect(await targets(10, 'other-app')).toEqual(['4', '2']);
      expect(await targets(10, 'my-app', otherId)).toEqual([]);
      expect(await targets(10, 'foreign-app')).toEqual([]);
      for (const text of STRANGE_TEXTS) expect(await targets(10, text), text).toEqual([]);
    });

    it('refuses every text that is no cursor of the account', async () => {
      for (const n of [1, 2, 3]) await append(n);
      const { cursor } = await setup.audit.list({ accountId, limit: 1 });
      const real = cursor ?? '';
      const list = (text: string, account = accountId) =>
        setup.audit.list({ accountId: account, limit: 1, cursor: text });
      expect((await list(real)).entries).toMatchObject([{ target: '2' }]);
      const others = [`${real} `, real.slice(1), `${real}${real}`, '0', 'null', ...STRANGE_TEXTS];
      for (const text of others) {
        await expect(list(text), text).rejects.toThrow(InvalidCursorError);
      }
      await expect(list(real, otherId)).rejects.toThrow(InvalidCursorError);
    });

    it.each([0, -1, 201, 1.5, Number.NaN])('refuses a limit of %d', async (limit) => {
      await expect(setup.audit.list({ accountId, limit })).rejects.toThrow(RangeError);
    });
  });
}
