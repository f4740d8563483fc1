import { beforeEach, describe, expect, it } from 'vitest';
import type { Deletion, Project } from '../index.js';
import { nextMillisecond, type RegistryRows, STRANGE_TEXTS } from './registry-rows.js';

const KEYS = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg'];

/** The part of the suite about projects on their way out. */
export function declareRegistryDeletions(rows: () => RegistryRows): void {
  const begin = async (id: string): Promise<Deletion> => {
    const deletion = await rows().registry.beginDeletion(id, rows().by('project.deleted'));
    if (deletion === null) throw new Error('no such project');
    return deletion;
  };
  const list = (finishedSince = 0) =>
    rows().registry.listDeletions(rows().accountId, finishedSince);

  describe('deletions', () => {
    let project: Project;
    beforeEach(async () => {
      project = await rows().makeProject();
      for (const key of KEYS) await rows().addImage('my-app', key, 10);
      await rows().makeKey(project.id, 'own');
      await rows().makeKey(null, 'wide');
    });

    it('begin with what there is to remove', async () => {
      const { accountId, other } = rows();
      const before = Date.now();
      const deletion = await begin(project.id);
      expect(deletion).toMatchObject({ accountId, projectName: 'my-app', images: 5, removed: 0 });
      expect(deletion.finishedAt).toBeNull();
      expect(deletion.startedAt).toBeGreaterThanOrEqual(before);
      expect(await list()).toEqual([deletion]);
      expect(await other.listDeletions(accountId, 0)).toEqual([deletion]);
      expect(await other.openDeletions()).toEqual([deletion]);
    });

    it('begin with every image that was added, however many are being added', async () => {
      const adding = Array.from({ length: 20 }, (_, n) => rows().addImage('my-app', `${n}.jpg`, 1));
      const deletion = await begin(project.id);
      const added = (await Promise.all(adding)).filter(Boolean).length;
      expect(deletion.images).toBe(KEYS.length + added);
      const left = await rows().registry.imagesOfDeletion(deletion.id, 100);
      expect(left).toHaveLength(deletion.images);
    });

    it('put the project out of reach at once, for every process', async () => {
      const { registry, other, by, makeKey, addImage, accountId } = rows();
      const { id } = project;
      await registry.internalSecretKey(id);
      await begin(id);
      for (const one of [registry, other]) {
        expect(await one.findProject('my-app')).toBeNull();
        expect(await one.listProjects()).toEqual([]);
        expect(await one.listProjects(accountId)).toEqual([]);
        expect(await one.changeProject(id, { name: 'b' }, by('project.renamed'))).toBeNull();
        expect(await one.serveSecrets(id)).toBeNull();
        expect(await one.replaceServeSecret(id, 'x', null, by('serve_secret.rotated'))).toBe(false);
        expect(await one.endGrace(id, by('serve_secret.grace_ended'))).toBe(false);
        expect(await one.listSecretKeys(id)).toEqual([]);
        expect(await one.findSecretKey('own')).toBeNull();
        expect(await one.findSecretKey('wide')).not.toBeNull();
        expect(await one.internalSecretKey(id)).toBeNull();
        expect(await one.beginDeletion(id, by('project.deleted'))).toBeNull();
      }
      await expect(makeKey(id, 'late')).rejects.toThrow();
      expect(await addImage('my-app', 'late.jpg', 1)).toBe(false);
    });

    it('keep the name taken until they have finished', async () => {
      const { registry, other, by, newProject, makeProject } = rows();
      const deletion = await begin(project.id);
      expect(await other.isNameTaken('my-app')).toBe(true);
      const again = registry.createProject(newProject(), 100, by('project.created'));
      expect(await again).toBe('name_taken');
      const images = await registry.imagesOfDeletion(deletion.id, 100);
      await registry.removeImagesOfDeletion(deletion.id, images);
      expect(await registry.isNameTaken('my-app')).toBe(true);
      await registry.finishDeletion(deletion.id);
      expect(await other.isNameTaken('my-app')).toBe(false);
      const next = await makeProject();
      expect(next.id).not.toBe(project.id);
      expect(next).toMatchObject({ usedBytes: 0, images: 0 });
      expect(await registry.listSecretKeys(next.id)).toMatchObject([{ name: 'key wide' }]);
      expect(await registry.findSecretKey('own')).toBeNull();
    });

    it('begin once, whoever asks at the same time', async () => {
      const { registry, by } = rows();
      const begun = await Promise.all(
        Array.from({ length: 6 }, () => registry.beginDeletion(project.id, by('project.deleted'))),
      );
      expect(begun.filter((deletion) => deletion !== null)).toHaveLength(1);
      expect(await list()).toHaveLength(1);
      for (const id of ['gone', 'my-app', ...STRANGE_TEXTS]) {
        expect(await registry.beginDeletion(id, by('project.deleted')), id).toBeNull();
      }
    });

    it('go on in steps, whichever process takes the next', async () => {
      const { registry, other } = rows();
      const { id } = await begin(project.id);
      const keysOf = async (limit: number, one = registry) =>
        (await one.imagesOfDeletion(id, limit)).map(({ key }) => key);
      expect(await keysOf(100)).toEqual(KEYS);
      const first = await registry.imagesOfDeletion(id, 2);
      expect(first).toMatchObject([{ project: 'my-app' }, { project: 'my-app' }]);
      expect(new Set(first.map(({ objectId }) => objectId)).size).toBe(2);
      expect(await keysOf(2, other)).toEqual(first.map(({ key }) => key));
      await registry.removeImagesOfDeletion(id, first);
      await other.removeImagesOfDeletion(id, first);
      expect(await list()).toMatchObject([{ images: 5, removed: 2, finishedAt: null }]);
      const second = await other.imagesOfDeletion(id, 100);
      expect(second).toHaveLength(3);
      await other.removeImagesOfDeletion(id, [...first, ...second]);
      expect(await list()).toMatchObject([{ images: 5, removed: 5 }]);
      expect(await keysOf(100)).toEqual([]);
      await registry.removeImagesOfDeletion(id, []);
    });

    it('do not finish while images are left', async () => {
      const { registry } = rows();
      const { id } = await begin(project.id);
      await expect(registry.finishDeletion(id)).rejects.toThrow();
      expect(await registry.openDeletions()).toHaveLength(1);
      expect(await registry.imagesOfDeletion(id, 100)).toHaveLength(5);
    });

    it('finish once', async () => {
      const { registry, other } = rows();
      const { id } = await begin(project.id);
      await registry.removeImagesOfDeletion(id, await registry.imagesOfDeletion(id, 100));
      const before = Date.now();
      await Promise.all(Array.from({ length: 4 }, () => registry.finishDeletion(id)));
      const [deletion] = await list();
      expect(deletion?.finishedAt).toBeGreaterThanOrEqual(before);
      await nextMillisecond();
      await other.finishDeletion(id);
      expect(await list()).toEqual([deletion]);
      expect(await other.openDeletions()).toEqual([]);
      expect(await registry.imagesOfDeletion(id, 100)).toEqual([]);
    });

    it('are listed newest first, for their account, finished ones for a while', async () => {
      const { registry, makeProject } = rows();
      const elsewhere = await registry.createAccount();
      const { id: foreignId } = await makeProject({ name: 'foreign', accountId: elsewhere });
      const { id: emptyId } = await makeProject({ name: 'empty' });
      const empty = await begin(emptyId);
      await registry.finishDeletion(empty.id);
      await nextMillisecond();
      const running = await begin(project.id);
      const foreign = await begin(foreignId);
      const [, finished] = await list();
      expect((await list()).map(({ id }) => id)).toEqual([running.id, empty.id]);
      const at = finished?.finishedAt ?? 0;
      expect(await list(at)).toHaveLength(2);
      expect(await list(at + 1)).toEqual([running]);
      expect(await registry.listDeletions(elsewhere, 0)).toEqual([foreign]);
      expect((await registry.openDeletions()).map(({ id }) => id).sort()).toEqual(
        [running.id, foreign.id].sort(),
      );
    });

    it('leave what is not theirs', async () => {
      const { registry, makeProject, addImage } = rows();
      await makeProject({ name: 'stays' });
      for (const key of KEYS) await addImage('stays', key, 3);
      const { id } = await begin(project.id);
      const images = await registry.imagesOfDeletion(id, 100);
      await registry.removeImagesOfDeletion(id, images);
      for (const text of ['gone', ...STRANGE_TEXTS]) {
        await registry.removeImagesOfDeletion(text, images);
        await registry.finishDeletion(text);
        expect(await registry.imagesOfDeletion(text, 100), text).toEqual([]);
      }
      await registry.finishDeletion(id);
      expect(await registry.findProject('stays')).toMatchObject({ usedBytes: 15, images: 5 });
      expect(await registry.findSecretKey('wide')).not.toBeNull();
    });
  });
}
