import { describe, expect, it } from 'vitest';
import type { ProjectChanges } from '../index.js';
import { type RegistryRows, STRANGE_TEXTS } from './registry-rows.js';

/** The part of the suite about changes to a project. */
export function declareRegistryChanges(rows: () => RegistryRows): void {
  const change = (id: string, changes: ProjectChanges, registry = rows().registry) =>
    registry.changeProject(id, changes, rows().by('project.renamed'));

  describe('changeProject', () => {
    it.each<ProjectChanges>([
      { name: 'new-name' },
      { allowedOrigins: ['https://app.example', 'http://localhost:3000'] },
      { allowedOrigins: [] },
      { quotaBytes: 2 ** 45 },
      { quotaBytes: 0 },
      { quotaBytes: null },
      { name: 'new-name', allowedOrigins: ['https://b.example'], quotaBytes: 1 },
      {},
    ])('makes %j and leaves the rest', async (changes) => {
      const { registry, other, makeProject, addImage } = rows();
      const made = await makeProject({ allowedOrigins: ['https://a.example'], quotaBytes: 1000 });
      await addImage('my-app', 'a.jpg', 7);
      const changed = { ...made, usedBytes: 7, images: 1, ...changes };
      expect(await change(made.id, changes)).toEqual(changed);
      expect(await registry.findProject(changed.name)).toEqual(changed);
      expect(await other.findProject(changed.name)).toEqual(changed);
      expect((await registry.serveSecrets(made.id))?.current).toBe('psk_live_one');
    });

    it('frees the old name and takes the new one', async () => {
      const { registry, other, makeProject } = rows();
      const { id } = await makeProject();
      await change(id, { name: 'new-name' });
      expect(await registry.findProject('my-app')).toBeNull();
      expect(await other.isNameTaken('my-app')).toBe(false);
      expect(await other.isNameTaken('new-name')).toBe(true);
      expect((await makeProject()).id).not.toBe(id);
    });

    it('refuses a name that any project has, and then changes nothing', async () => {
      const { registry, makeProject } = rows();
      const project = await makeProject();
      await makeProject({ name: 'theirs', accountId: await registry.createAccount() });
      expect(await change(project.id, { name: 'theirs', quotaBytes: 5 })).toBe('name_taken');
      expect(await registry.findProject('my-app')).toEqual(project);
    });

    it('takes the name that the project has already', async () => {
      const { makeProject } = rows();
      const project = await makeProject();
      const changed = { ...project, quotaBytes: 5 };
      expect(await change(project.id, { name: 'my-app', quotaBytes: 5 })).toEqual(changed);
    });

    it('gives a name to one of two that want it at once', async () => {
      const { registry, makeProject } = rows();
      const made = [await makeProject({ name: 'a' }), await makeProject({ name: 'b' })];
      const outcomes = await Promise.all(made.map(({ id }) => change(id, { name: 'wanted' })));
      expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(1);
      expect(await registry.listProjects()).toHaveLength(2);
    });

    it('is null for a project that does not exist', async () => {
      const { registry, makeProject } = rows();
      const project = await makeProject();
      for (const id of ['gone', project.name, ...STRANGE_TEXTS]) {
        expect(await change(id, { quotaBytes: 5 }), id).toBeNull();
      }
      expect(await registry.findProject('my-app')).toEqual(project);
    });
  });
}
