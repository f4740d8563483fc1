import { beforeEach, describe, expect, it } from 'vitest';
import type { Deletion, Project } from '../index.js';
import { HOSTILE_TEXTS, nextMillisecond, type RegistryFixture } from './fixtures.js';

const KEYS = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg', 'e.jpg'];

/** The part of the `ProjectRegistry` suite about deletions. */
export function declareRegistryDeletions(fixture: () => RegistryFixture): void {
  const begin = async (id: string, accountId = fixture().accountId): Promise<Deletion> => {
    const deletion = await fixture().registry.beginDeletion(
      id,
      accountId,
      fixture().newEntry('project.deleted'),
    );
    if (deletion === null) throw new Error('no such project');
    return deletion;
  };
  const list = (finishedSince = 0) =>
    fixture().registry.listDeletions(fixture().accountId, finishedSince);

  describe('deletions', () => {
    let project: Project;
    beforeEach(async () => {
      project = await fixture().makeProject();
      for (const key of KEYS) await fixture().addImage('my-app', key, 10);
      await fixture().makeKey(project.id, 'own');
      await fixture().makeKey(null, 'wide');
    });

    it('start with the number of images to remove', async () => {
      const { accountId, other } = fixture();
      const before = Date.now();
      const deletion = await begin(project.id);
      expect(deletion).toMatchObject({ accountId, projectName: 'my-app', images: 5, removed: 0 });
      expect(deletion.finishedAt).toBeNull();
      expect(deletion.startedAt).toBeGreaterThanOrEqual(before);
      expect(await list()).toEqual([deletion]);
      expect(await other.listDeletions(accountId, 0)).toEqual([deletion]);
      expect(await other.unfinishedDeletions()).toEqual([deletion]);
    });

    it('count every image of concurrent uploads', async () => {
      const adding = Array.from({ length: 20 }, (_, n) =>
        fixture().addImage('my-app', `${n}.jpg`, 1),
      );
      const deletion = await begin(project.id);
      const added = (await Promise.all(adding)).filter(Boolean).length;
      expect(deletion.images).toBe(KEYS.length + added);
      const left = await fixture().registry.listDeletionImages(deletion.id, 100);
      expect(left).toHaveLength(deletion.images);
    });

    it('make the project unavailable at once, in every process', async () => {
      const { registry, other, newEntry, makeKey, addImage, accountId } = fixture();
      const { id } = project;
      await registry.internalSecretKey(id);
      await begin(id);
      for (const one of [registry, other]) {
        expect(await one.findProject('my-app')).toBeNull();
        expect(await one.listProjects()).toEqual([]);
        expect(
          await one.changeProject(id, { name: 'b' }, [newEntry('project.renamed')]),
        ).toBeNull();
        expect(await one.serveSecrets(id)).toBeNull();
        expect(await one.replaceServeSecret(id, 'x', null, newEntry('serve_secret.rotated'))).toBe(
          false,
        );
        expect(await one.endGracePeriod(id, newEntry('serve_secret.grace_ended'))).toBe(false);
        expect(await one.listSecretKeys(id)).toEqual([]);
        expect(await one.findSecretKey('own')).toBeNull();
        expect(await one.findSecretKey('wide')).not.toBeNull();
        expect(await one.internalSecretKey(id)).toBeNull();
        expect(await one.beginDeletion(id, accountId, newEntry('project.deleted'))).toBeNull();
      }
      await expect(makeKey(id, 'late')).rejects.toThrow();
      expect(await addImage('my-app', 'late.jpg', 1)).toBe(false);
    });

    it('keep the name taken until they finish', async () => {
      const { registry, other, newEntry, newProject, makeProject } = fixture();
      const deletion = await begin(project.id);
      expect(await other.isNameTaken('my-app')).toBe(true);
      const again = registry.createProject(newProject(), 100, newEntry('project.created'));
      expect(await again).toBe('name_taken');
      const images = await registry.listDeletionImages(deletion.id, 100);
      await registry.removeDeletionImages(deletion.id, images);
      expect(await registry.isNameTaken('my-app')).toBe(true);
      await registry.finishDeletion(deletion.id);
      expect(await other.isNameTaken('my-app')).toBe(false);
      const next = await makeProject();
      expect(next.id).not.toBe(project.id);
      expect(next).toMatchObject({ usedBytes: 0, images: 0 });
      expect(await registry.listSecretKeys(next.id)).toMatchObject([{ name: 'key wide' }]);
      expect(await registry.findSecretKey('own')).toBeNull();
    });

    it('start once, of several concurrent requests', async () => {
      const { registry, accountId, newEntry } = fixture();
      const begun = await Promise.all(
        Array.from({ length: 6 }, () =>
          registry.beginDeletion(project.id, accountId, newEntry('project.deleted')),
        ),
      );
      expect(begun.filter((deletion) => deletion !== null)).toHaveLength(1);
      expect(await list()).toHaveLength(1);
      for (const id of ['gone', 'my-app', ...HOSTILE_TEXTS]) {
        expect(
          await registry.beginDeletion(id, accountId, newEntry('project.deleted')),
          id,
        ).toBeNull();
      }
    });

    it('proceed in steps, in any process', async () => {
      const { registry, other } = fixture();
      const { id } = await begin(project.id);
      const keysOf = async (limit: number, one = registry) =>
        (await one.listDeletionImages(id, limit)).map(({ key }) => key);
      expect(await keysOf(100)).toEqual(KEYS);
      const first = await registry.listDeletionImages(id, 2);
      expect(first).toMatchObject([{ project: 'my-app' }, { project: 'my-app' }]);
      expect(new Set(first.map(({ objectId }) => objectId)).size).toBe(2);
      expect(await keysOf(2, other)).toEqual(first.map(({ key }) => key));
      await registry.removeDeletionImages(id, first);
      await other.removeDeletionImages(id, first);
      expect(await list()).toMatchObject([{ images: 5, removed: 2, finishedAt: null }]);
      const second = await other.listDeletionImages(id, 100);
      expect(second).toHaveLength(3);
      await other.removeDeletionImages(id, [...first, ...second]);
      expect(await list()).toMatchObject([{ images: 5, removed: 5 }]);
      expect(await keysOf(100)).toEqual([]);
      await registry.removeDeletionImages(id, []);
    });

    it('do not finish while there are images', async () => {
      const { registry } = fixture();
      const { id } = await begin(project.id);
      await expect(registry.finishDeletion(id)).rejects.toThrow();
      expect(await registry.unfinishedDeletions()).toHaveLength(1);
      expect(await registry.listDeletionImages(id, 100)).toHaveLength(5);
    });

    it('finish once', async () => {
      const { registry, other } = fixture();
      const { id } = await begin(project.id);
      await registry.removeDeletionImages(id, await registry.listDeletionImages(id, 100));
      const before = Date.now();
      await Promise.all(Array.from({ length: 4 }, () => registry.finishDeletion(id)));
      const [deletion] = await list();
      expect(deletion?.finishedAt).toBeGreaterThanOrEqual(before);
      await nextMillisecond();
      await other.finishDeletion(id);
      expect(await list()).toEqual([deletion]);
      expect(await other.unfinishedDeletions()).toEqual([]);
      expect(await registry.listDeletionImages(id, 100)).toEqual([]);
    });

    it('are listed newest first, for the account that started them, finished ones for a limited time', async () => {
      const { registry, makeProject } = fixture();
      const elsewhere = await registry.createAccount();
      const { id: foreignId } = await makeProject({ name: 'foreign' });
      const { id: emptyId } = await makeProject({ name: 'empty' });
      const empty = await begin(emptyId);
      await registry.finishDeletion(empty.id);
      await nextMillisecond();
      const running = await begin(project.id);
      const foreign = await begin(foreignId, elsewhere);
      const [, finished] = await list();
      expect((await list()).map(({ id }) => id)).toEqual([running.id, empty.id]);
      const at = finished?.finishedAt ?? 0;
      expect(await list(at)).toHaveLength(2);
      expect(await list(at + 1)).toEqual([running]);
      expect(await registry.listDeletions(elsewhere, 0)).toEqual([foreign]);
      expect((await registry.unfinishedDeletions()).map(({ id }) => id).sort()).toEqual(
        [running.id, foreign.id].sort(),
      );
    });

    it('remove nothing of other projects', async () => {
      const { registry, makeProject, addImage } = fixture();
      await makeProject({ name: 'stays' });
      for (const key of KEYS) await addImage('stays', key, 3);
      const { id } = await begin(project.id);
      const images = await registry.listDeletionImages(id, 100);
      await registry.removeDeletionImages(id, images);
      for (const text of ['gone', ...HOSTILE_TEXTS]) {
        await registry.removeDeletionImages(text, images);
        await registry.finishDeletion(text);
        expect(await registry.listDeletionImages(text, 100), text).toEqual([]);
      }
      await registry.finishDeletion(id);
      expect(await registry.findProject('stays')).toMatchObject({ usedBytes: 15, images: 5 });
      expect(await registry.findSecretKey('wide')).not.toBeNull();
    });
  });
}
