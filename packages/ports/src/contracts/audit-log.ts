import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AuditLog,
  type AuditScope,
  InvalidCursorError,
  type NewAuditEntry,
} from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry, type RegistryFixture } from './fixtures.js';

/** A database with an empty audit log. */
export interface AuditLogSetup {
  readonly audit: AuditLog;
  /** The same records through another connection, as another process has it. */
  readonly other: AuditLog;
  makeAccount(): Promise<string>;
  /** Creates a project without an audit entry. */
  makeProject(accountId: string, name: string): Promise<void>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;

/** Declares the suite of `AuditLog`. Every test gets its own `setUp`. */
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
      setup.audit.append([
        { ...newAuditEntry(accountId, 'image.deleted', facts), target: `${n}`, at },
      ]);

    /** The targets of every entry, page by page. */
    const targets = async (limit: number, scope: AuditScope = { accountId }) => {
      const found: (string | null)[] = [];
      let cursor: string | null = null;
      do {
        const from: { cursor?: string } = cursor === null ? {} : { cursor };
        const page = await setup.audit.list({ ...scope, limit, ...from });
        expect(page.entries.length).toBeLessThanOrEqual(limit);
        const added = page.entries.filter(({ action }) => action !== 'project.created');
        found.push(...added.map(({ target }) => target));
        cursor = page.cursor;
      } while (cursor !== null);
      return found;
    };

    it('returns each entry as it was appended, in every process', async () => {
      const added = {
        ...newAuditEntry(accountId, 'image.visibility_changed'),
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

    it('appends all entries or none', async () => {
      const good = { ...newAuditEntry(accountId, 'image.deleted'), at: NOW };
      await setup.audit.append([]);
      await setup.audit.append([good, { ...good, at: NOW + 1 }]);
      await expect(setup.audit.append([good, { ...good, accountId: 'gone' }])).rejects.toThrow();
      const { entries } = await setup.audit.list({ accountId, limit: 10 });
      expect(entries).toHaveLength(2);
      expect(new Set(entries.map(({ id }) => id)).size).toBe(2);
    });

    it('lists the newest first, by time and then by order of insertion', async () => {
      await append(1, {}, NOW);
      await append(2, {}, NOW);
      await append(3, {}, NOW - 5);
      await append(4, {}, NOW);
      for (const limit of [1, 2, 3, 4, 5, 200]) {
        expect(await targets(limit), `${limit} a page`).toEqual(['4', '2', '1', '3']);
      }
    });

    it('continues after the previous page, whatever was appended since', async () => {
      for (const n of [1, 2, 3]) await append(n);
      const { cursor } = await setup.audit.list({ accountId, limit: 2 });
      await append(4);
      const query = { accountId, limit: 2, cursor: cursor ?? '' };
      const next = await setup.other.list(query);
      expect(next.entries.map(({ target }) => target)).toEqual(['1']);
      expect(next.cursor).toBeNull();
    });

    it('lists the entries of one account only', async () => {
      await append(1);
      await append(2, { accountId: otherId, project: 'foreign-app' });
      await append(3, { project: null });
      expect(await targets(10)).toEqual(['3', '1']);
      expect(await targets(10, { accountId: otherId })).toEqual(['2']);
      for (const text of ['gone', ...HOSTILE_TEXTS]) {
        expect(await targets(10, { accountId: text }), text).toEqual([]);
      }
    });

    it('lists the entries of one project only, on request', async () => {
      for (const n of [1, 2, 3, 4]) await append(n, { project: n % 2 ? 'my-app' : 'other-app' });
      await append(5, { project: null });
      expect(await targets(1, { project: 'my-app' })).toEqual(['3', '1']);
      expect(await targets(10, { project: 'other-app' })).toEqual(['4', '2']);
      expect(await targets(10, { project: 'foreign-app' })).toEqual([]);
      for (const project of HOSTILE_TEXTS) {
        expect(await targets(10, { project }), project).toEqual([]);
      }
    });

    it('lists no entries of projects that the account is no member of', async () => {
      await append(1);
      await append(2, { project: 'foreign-app' });
      expect(await targets(10)).toEqual(['1']);
      expect(await targets(10, { project: 'foreign-app' })).toEqual(['2']);
    });

    it('rejects every text that is no cursor of the list', async () => {
      for (const n of [1, 2, 3]) await append(n);
      const { cursor } = await setup.audit.list({ accountId, limit: 1 });
      const real = cursor ?? '';
      const list = (text: string, scope: AuditScope = { accountId }) =>
        setup.audit.list({ ...scope, limit: 1, cursor: text });
      expect((await list(real)).entries).toMatchObject([{ target: '2' }]);
      const others = [`${real} `, real.slice(1), `${real}${real}`, '0', 'null', ...HOSTILE_TEXTS];
      for (const text of others) {
        await expect(list(text), text).rejects.toThrow(InvalidCursorError);
      }
      for (const scope of [{ accountId: otherId }, { project: 'other-app' }]) {
        await expect(list(real, scope)).rejects.toThrow(InvalidCursorError);
      }
    });

    it('removes entries from before a time, the oldest first, some at a time', async () => {
      for (const n of [3, 1, 2, 4]) await append(n);
      await append(0, { accountId: otherId, project: null });
      const { cursor } = await setup.audit.list({ accountId, limit: 3 });
      // Those of the creation of the projects.
      expect(await setup.other.removeOld(NOW, 10)).toBe(3);
      expect(await setup.other.removeOld(NOW + 4, 2)).toBe(2);
      expect(await targets(10)).toEqual(['4', '3', '2']);
      expect(await targets(10, { accountId: otherId })).toEqual([]);
      const next = await setup.audit.list({ accountId, limit: 3, cursor: cursor ?? '' });
      expect(next).toEqual({ entries: [], cursor: null });
      expect(await setup.audit.removeOld(NOW + 4, 10)).toBe(2);
      expect(await targets(10)).toEqual(['4']);
    });

    it.each([0, -1, 201, 1.5, Number.NaN])('rejects a limit of %d', async (limit) => {
      await expect(setup.audit.list({ accountId, limit })).rejects.toThrow(RangeError);
    });
  });
}

/** The part of the `ProjectRegistry` suite about audit entries. */
export function declareRegistryAudit(fixture: () => RegistryFixture): void {
  describe('the audit log', () => {
    it('has the whole entry of a change', async () => {
      const { registry, audit, accountId, newProject } = fixture();
      const said: NewAuditEntry = {
        accountId,
        actor: { kind: 'cli_token', name: 'Ada\'s "laptop"' },
        action: 'project.created',
        project: 'my-app',
        target: 'my-app',
        details: { from: 'a', to: null, times: 3, forced: true },
        address: '2001:db8::7',
      };
      const before = Date.now();
      await registry.createProject(newProject(), 100, said);
      const { entries } = await audit.list({ accountId, limit: 10 });
      expect(entries).toEqual([{ ...said, id: expect.any(String), at: expect.any(Number) }]);
      expect(entries[0]?.at).toBeGreaterThanOrEqual(before);
      expect(entries[0]?.at).toBeLessThanOrEqual(Date.now());
    });

    it('has one entry for every change, in order', async () => {
      const { registry, accountId, newEntry, makeProject, makeKey, actions } = fixture();
      const { id } = await makeProject();
      const key = await makeKey(id, 'a');
      await registry.changeProject(id, { name: 'b' }, [newEntry('project.renamed')]);
      await registry.changeProject(id, { quotaBytes: 1 }, [newEntry('project.quota_changed')]);
      await registry.replaceServeSecret(id, 'x', 2 ** 42, newEntry('serve_secret.rotated'));
      await registry.endGracePeriod(id, newEntry('serve_secret.grace_ended'));
      await registry.revokeSecretKey(id, key?.id ?? '', newEntry('secret_key.revoked'));
      await registry.beginDeletion(id, accountId, newEntry('project.deleted'));
      expect(await actions()).toEqual([
        'project.renamed',
        'project.quota_changed',
        'serve_secret.rotated',
        'serve_secret.grace_ended',
        'secret_key.revoked',
        'project.deleted',
      ]);
    });

    it('has no entry for a refused change', async () => {
      const { registry, audit, accountId, newEntry, newProject, makeProject, makeKey, actions } =
        fixture();
      const { id } = await makeProject();
      await makeProject({ name: 'other-app' });
      await makeKey(id, 'a', 1);
      await registry.createProject(newProject(), 100, newEntry('project.created'));
      await registry.createProject(newProject({ name: 'c' }), 2, newEntry('project.created'));
      await registry.changeProject(id, { name: 'other-app' }, [newEntry('project.renamed')]);
      await registry.changeProject('gone', { quotaBytes: 1 }, [newEntry('project.quota_changed')]);
      await registry.replaceServeSecret('gone', 'x', null, newEntry('serve_secret.rotated'));
      await registry.endGracePeriod(id, newEntry('serve_secret.grace_ended'));
      await makeKey(id, 'b', 1);
      await expect(makeKey('gone', 'c')).rejects.toThrow();
      await registry.revokeSecretKey(id, 'gone', newEntry('secret_key.revoked'));
      await registry.beginDeletion('gone', accountId, newEntry('project.deleted'));
      expect(await actions()).toEqual([]);
      expect((await audit.list({ accountId, limit: 200 })).entries).toHaveLength(3);
    });

    it('finds the entries of a renamed project', async () => {
      const { registry, audit, newEntry, makeProject } = fixture();
      const { id } = await makeProject({ name: 'old-name' });
      const { id: otherId } = await makeProject({ name: 'other-app' });
      await registry.changeProject(id, { name: 'new-name' }, [newEntry('project.renamed')]);
      await registry.changeProject(otherId, { quotaBytes: 1 }, [newEntry('project.quota_changed')]);
      const actions = async (project: string) =>
        (await audit.list({ project, limit: 10 })).entries.map(({ action }) => action);
      expect(await actions('new-name')).toEqual(['project.renamed', 'project.created']);
      expect(await actions('old-name')).toEqual([]);
      await makeProject({ name: 'old-name' });
      expect(await actions('old-name')).toEqual(['project.created']);
    });
  });
}
