import { describe, expect, it } from 'vitest';
import type { NewAuditEntry } from '../index.js';
import type { RegistryRows } from './registry-rows.js';

/** The part of the suite about what the registry's changes leave in the audit log. */
export function declareRegistryAudit(rows: () => RegistryRows): void {
  describe('the audit log', () => {
    it('has each change with all that was said of it', async () => {
      const { registry, audit, accountId, newProject } = rows();
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

    it('has one entry for every change that was made, in order', async () => {
      const { registry, by, makeProject, makeKey, actions } = rows();
      const { id } = await makeProject();
      const key = await makeKey(id, 'a');
      await registry.changeProject(id, { name: 'b' }, by('project.renamed'));
      await registry.changeProject(id, { quotaBytes: 1 }, by('project.quota_changed'));
      await registry.replaceServeSecret(id, 'x', 2 ** 42, by('serve_secret.rotated'));
      await registry.endGrace(id, by('serve_secret.grace_ended'));
      await registry.revokeSecretKey(id, key?.id ?? '', by('secret_key.revoked'));
      await registry.beginDeletion(id, by('project.deleted'));
      expect(await actions()).toEqual([
        'project.renamed',
        'project.quota_changed',
        'serve_secret.rotated',
        'serve_secret.grace_ended',
        'secret_key.revoked',
        'project.deleted',
      ]);
    });

    it('has none for a change that was refused', async () => {
      const { registry, audit, accountId, by, newProject, makeProject, makeKey, actions } = rows();
      const { id } = await makeProject();
      await makeProject({ name: 'other-app' });
      await makeKey(id, 'a', 1);
      await registry.createProject(newProject(), 100, by('project.created'));
      await registry.createProject(newProject({ name: 'c' }), 2, by('project.created'));
      await registry.changeProject(id, { name: 'other-app' }, by('project.renamed'));
      await registry.changeProject('gone', { quotaBytes: 1 }, by('project.quota_changed'));
      await registry.replaceServeSecret('gone', 'x', null, by('serve_secret.rotated'));
      await registry.endGrace(id, by('serve_secret.grace_ended'));
      await makeKey(id, 'b', 1);
      await expect(makeKey('gone', 'c')).rejects.toThrow();
      await registry.revokeSecretKey(id, 'gone', by('secret_key.revoked'));
      await registry.beginDeletion('gone', by('project.deleted'));
      expect(await actions()).toEqual([]);
      expect((await audit.list({ accountId, limit: 200 })).entries).toHaveLength(3);
    });

    it('finds the entries of a project whatever it was called then', async () => {
      const { registry, audit, accountId, by, makeProject } = rows();
      const { id } = await makeProject({ name: 'old-name' });
      const { id: otherId } = await makeProject({ name: 'other-app' });
      await registry.changeProject(id, { name: 'new-name' }, by('project.renamed'));
      await registry.changeProject(otherId, { quotaBytes: 1 }, by('project.quota_changed'));
      const actions = async (project: string) =>
        (await audit.list({ accountId, project, limit: 10 })).entries.map(({ action }) => action);
      expect(await actions('new-name')).toEqual(['project.renamed', 'project.created']);
      expect(await actions('old-name')).toEqual([]);
      await makeProject({ name: 'old-name' });
      expect(await actions('old-name')).toEqual(['project.created']);
    });
  });
}
