import { describe, expect, it } from 'vitest';
import { nextMillisecond, type RegistryRows, STRANGE_TEXTS } from './registry-rows.js';

/** The part of the suite about projects as they are made and found. */
export function declareRegistryProjects(rows: () => RegistryRows): void {
  const create = (facts = {}, limit = 100, registry = rows().registry) =>
    registry.createProject(rows().newProject(facts), limit, rows().by('project.created'));

  describe('projects', () => {
    it('are found as they were made, by every process', async () => {
      const { registry, other, accountId, makeProject } = rows();
      const before = Date.now();
      const facts = { allowedOrigins: ['https://app.example', "https://'"], quotaBytes: 2 ** 45 };
      const project = await makeProject(facts);
      expect(project).toMatchObject({ accountId, name: 'my-app', usedBytes: 0, ...facts });
      expect(project.images).toBe(0);
      expect(project.createdAt).toBeGreaterThanOrEqual(before);
      expect(project.createdAt).toBeLessThanOrEqual(Date.now());
      expect(await registry.findProject('my-app')).toEqual(project);
      expect(await other.findProject('my-app')).toEqual(project);
    });

    it('tell what they store', async () => {
      const { registry, makeProject, addImage } = rows();
      const project = await makeProject();
      await addImage('my-app', 'a.jpg', 7);
      await addImage('my-app', 'b.jpg', 5);
      const now = { ...project, usedBytes: 12, images: 2 };
      expect(await registry.findProject('my-app')).toEqual(now);
      expect(await registry.listProjects()).toEqual([now]);
    });

    it('never show their secret', async () => {
      const { registry, makeProject } = rows();
      const made = await makeProject();
      const shown = [made, await registry.findProject('my-app'), await registry.listProjects()];
      expect(JSON.stringify(shown)).not.toContain('psk_live_');
    });

    it('are not found under any other text', async () => {
      const { registry, makeProject } = rows();
      await makeProject();
      expect(await registry.isNameTaken('my-app')).toBe(true);
      for (const text of STRANGE_TEXTS) {
        expect(await registry.findProject(text), text).toBeNull();
        expect(await registry.isNameTaken(text), text).toBe(false);
      }
    });

    it('are listed oldest first, of one account or of all', async () => {
      const { registry, other, accountId, makeProject } = rows();
      expect(await registry.listProjects()).toEqual([]);
      const elsewhere = await registry.createAccount();
      const first = await makeProject({ name: 'zebra' });
      await nextMillisecond();
      const second = await makeProject({ name: 'aardvark', accountId: elsewhere });
      await nextMillisecond();
      const third = await makeProject({ name: 'badger' });
      expect(await registry.listProjects()).toEqual([first, second, third]);
      expect(await other.listProjects()).toEqual([first, second, third]);
      expect(await registry.listProjects(accountId)).toEqual([first, third]);
      expect(await other.listProjects(elsewhere)).toEqual([second]);
      for (const text of STRANGE_TEXTS) {
        expect(await registry.listProjects(text), text).toEqual([]);
      }
    });

    it('have a name that nobody else has, whatever their account', async () => {
      const { registry, other, makeProject } = rows();
      const project = await makeProject();
      const again = { serveSecret: 'psk_live_two', quotaBytes: 5 };
      const accountId = await registry.createAccount();
      expect(await create(again)).toBe('name_taken');
      expect(await create({ ...again, accountId }, 100, other)).toBe('name_taken');
      expect(await registry.listProjects()).toEqual([project]);
      expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_one');
    });

    it('give a name to one of many that want it at once', async () => {
      const { registry } = rows();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, n) => create({ serveSecret: `psk_live_${n}` })),
      );
      expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(9);
      const n = outcomes.findIndex((outcome) => outcome !== 'name_taken');
      expect(await registry.listProjects()).toEqual([outcomes[n]]);
      const [project] = await registry.listProjects();
      expect((await registry.serveSecrets(project?.id ?? ''))?.current).toBe(`psk_live_${n}`);
    });

    it('reach a limit that counts those of their account', async () => {
      const { registry, accountId, makeProject } = rows();
      const elsewhere = await registry.createAccount();
      await makeProject({ name: 'foreign', accountId: elsewhere });
      expect(await create({ name: 'a' }, 2)).toMatchObject({ name: 'a' });
      expect(await create({ name: 'b' }, 2)).toMatchObject({ name: 'b' });
      expect(await create({ name: 'c' }, 2)).toBe('limit_reached');
      expect(await registry.isNameTaken('c')).toBe(false);
      expect(await create({ name: 'c', accountId: elsewhere }, 2)).toMatchObject({ name: 'c' });
      expect(await registry.listProjects(accountId)).toHaveLength(2);
    });

    it('never pass the limit, however many are made at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, n) => create({ name: `app-${n}` }, 5)),
      );
      expect(outcomes.filter((outcome) => outcome === 'limit_reached')).toHaveLength(7);
      expect(await rows().registry.listProjects()).toHaveLength(5);
    });

    it('need an account that exists', async () => {
      await expect(create({ accountId: 'gone' })).rejects.toThrow();
      expect(await rows().registry.listProjects()).toEqual([]);
    });
  });
}
