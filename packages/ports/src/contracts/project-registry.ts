import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectChanges } from '../index.js';
import { declareRegistryAudit } from './audit-log.js';
import {
  createRegistryFixture,
  HOSTILE_TEXTS,
  nextMillisecond,
  type ProjectRegistrySetup,
  type RegistryFixture,
} from './fixtures.js';
import { declareRegistryDeletions } from './project-registry-deletions.js';
import {
  declareRegistrySecretKeys,
  declareRegistryServeSecrets,
} from './project-registry-secrets.js';

/** Declares the suite of `ProjectRegistry`. Every test gets its own `setUp`. */
export function describeProjectRegistry(
  name: string,
  setUp: () => Promise<ProjectRegistrySetup>,
): void {
  describe(`${name} as ProjectRegistry`, () => {
    let fixture: RegistryFixture;
    beforeEach(async () => {
      fixture = await createRegistryFixture(await setUp());
    });
    afterEach(() => fixture.close());

    it('gives every account a unique id', async () => {
      const ids = await Promise.all(
        Array.from({ length: 20 }, () => fixture.registry.createAccount()),
      );
      expect(new Set([fixture.accountId, ...ids]).size).toBe(21);
    });

    it('removes an account, if nothing belongs to it', async () => {
      const { registry, accountId, makeProject } = fixture;
      await makeProject();
      await registry.removeAccount(await registry.createAccount());
      await expect(registry.removeAccount(accountId)).rejects.toThrow();
      expect(await registry.listProjects()).toHaveLength(1);
    });

    it('finds the oldest account, with or without projects', async () => {
      const { registry, other, accountId, makeProject } = fixture;
      await nextMillisecond();
      await makeProject({ accountId: await registry.createAccount() });
      expect(await registry.firstAccount()).toBe(accountId);
      expect(await other.firstAccount()).toBe(accountId);
    });

    declareRegistryProjects(() => fixture);
    declareRegistryChanges(() => fixture);
    declareRegistryServeSecrets(() => fixture);
    declareRegistrySecretKeys(() => fixture);
    declareRegistryDeletions(() => fixture);
    declareRegistryAudit(() => fixture);
  });
}

function declareRegistryProjects(fixture: () => RegistryFixture): void {
  const create = (facts = {}, limit = 100, registry = fixture().registry) =>
    registry.createProject(
      fixture().newProject(facts),
      limit,
      fixture().newEntry('project.created'),
    );

  describe('projects', () => {
    it('are found as they were created, in every process', async () => {
      const { registry, other, accountId, makeProject } = fixture();
      const before = Date.now();
      const facts = { allowedOrigins: ['https://app.example', "https://'"], quotaBytes: 2 ** 45 };
      const project = await makeProject(facts);
      expect(project).toMatchObject({ accountId, name: 'my-app', usedBytes: 0, ...facts });
      expect(project).toMatchObject({ images: 0, unsignedTransforms: 'any' });
      expect(project).toMatchObject({ images: 0, masterMetadata: 'keep' });
      expect(project.createdAt).toBeGreaterThanOrEqual(before);
      expect(project.createdAt).toBeLessThanOrEqual(Date.now());
      expect(await registry.findProject('my-app')).toEqual(project);
      expect(await other.findProject('my-app')).toEqual(project);
    });

    it('include their usage', async () => {
      const { registry, makeProject, addImage } = fixture();
      const project = await makeProject();
      await addImage('my-app', 'a.jpg', 7);
      await addImage('my-app', 'b.jpg', 5);
      const now = { ...project, usedBytes: 12, images: 2 };
      expect(await registry.findProject('my-app')).toEqual(now);
      expect(await registry.listProjects()).toEqual([now]);
    });

    it('never contain their secret', async () => {
      const { registry, makeProject } = fixture();
      const made = await makeProject();
      const shown = [made, await registry.findProject('my-app'), await registry.listProjects()];
      expect(JSON.stringify(shown)).not.toContain('psk_live_');
    });

    it('are not found by any other text', async () => {
      const { registry, makeProject } = fixture();
      await makeProject();
      expect(await registry.isNameTaken('my-app')).toBe(true);
      for (const text of HOSTILE_TEXTS) {
        expect(await registry.findProject(text), text).toBeNull();
        expect(await registry.isNameTaken(text), text).toBe(false);
      }
    });

    it('are listed oldest first', async () => {
      const { registry, other, makeProject } = fixture();
      expect(await registry.listProjects()).toEqual([]);
      const elsewhere = await registry.createAccount();
      const first = await makeProject({ name: 'zebra' });
      await nextMillisecond();
      const second = await makeProject({ name: 'aardvark', accountId: elsewhere });
      await nextMillisecond();
      const third = await makeProject({ name: 'badger' });
      expect(await registry.listProjects()).toEqual([first, second, third]);
      expect(await other.listProjects()).toEqual([first, second, third]);
    });

    it('have a unique name, across accounts', async () => {
      const { registry, other, makeProject } = fixture();
      const project = await makeProject();
      const again = { serveSecret: 'psk_live_two', quotaBytes: 5 };
      const accountId = await registry.createAccount();
      expect(await create(again)).toBe('name_taken');
      expect(await create({ ...again, accountId }, 100, other)).toBe('name_taken');
      expect(await registry.listProjects()).toEqual([project]);
      expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_one');
    });

    it('have one of many concurrent requests for a name succeed', async () => {
      const { registry } = fixture();
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, n) => create({ serveSecret: `psk_live_${n}` })),
      );
      expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(9);
      const n = outcomes.findIndex((outcome) => outcome !== 'name_taken');
      expect(await registry.listProjects()).toEqual([outcomes[n]]);
      const [project] = await registry.listProjects();
      expect((await registry.serveSecrets(project?.id ?? ''))?.current).toBe(`psk_live_${n}`);
    });

    it('are limited by the projects of their account', async () => {
      const { registry, makeProject } = fixture();
      const elsewhere = await registry.createAccount();
      await makeProject({ name: 'foreign', accountId: elsewhere });
      expect(await create({ name: 'a' }, 2)).toMatchObject({ name: 'a' });
      expect(await create({ name: 'b' }, 2)).toMatchObject({ name: 'b' });
      expect(await create({ name: 'c' }, 2)).toBe('limit_reached');
      expect(await registry.isNameTaken('c')).toBe(false);
      expect(await create({ name: 'c', accountId: elsewhere }, 2)).toMatchObject({ name: 'c' });
      expect(await registry.listProjects()).toHaveLength(4);
    });

    it('never exceed the limit, however many are created at once', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, n) => create({ name: `app-${n}` }, 5)),
      );
      expect(outcomes.filter((outcome) => outcome === 'limit_reached')).toHaveLength(7);
      expect(await fixture().registry.listProjects()).toHaveLength(5);
    });

    it('require an existing account', async () => {
      await expect(create({ accountId: 'gone' })).rejects.toThrow();
      expect(await fixture().registry.listProjects()).toEqual([]);
    });
  });
}

function declareRegistryChanges(fixture: () => RegistryFixture): void {
  const change = (id: string, changes: ProjectChanges, registry = fixture().registry) =>
    registry.changeProject(id, changes, [fixture().newEntry('project.renamed')]);

  describe('changeProject', () => {
    it.each<ProjectChanges>([
      { name: 'new-name' },
      { allowedOrigins: ['https://app.example', 'http://localhost:3000'] },
      { allowedOrigins: [] },
      { quotaBytes: 2 ** 45 },
      { quotaBytes: 0 },
      { quotaBytes: null },
      { unsignedTransforms: 'listed' },
      { unsignedTransforms: 'any' },
      { masterMetadata: 'remove' },
      { name: 'new-name', allowedOrigins: ['https://b.example'], quotaBytes: 1 },
      {},
    ])('applies %j and nothing else', async (changes) => {
      const { registry, other, makeProject, addImage } = fixture();
      const made = await makeProject({ allowedOrigins: ['https://a.example'], quotaBytes: 1000 });
      await addImage('my-app', 'a.jpg', 7);
      const changed = { ...made, usedBytes: 7, images: 1, ...changes };
      expect(await change(made.id, changes)).toEqual(changed);
      expect(await registry.findProject(changed.name)).toEqual(changed);
      expect(await other.findProject(changed.name)).toEqual(changed);
      expect((await registry.serveSecrets(made.id))?.current).toBe('psk_live_one');
    });

    it('frees the old name and takes the new one', async () => {
      const { registry, other, makeProject } = fixture();
      const { id } = await makeProject();
      await change(id, { name: 'new-name' });
      expect(await registry.findProject('my-app')).toBeNull();
      expect(await other.isNameTaken('my-app')).toBe(false);
      expect(await other.isNameTaken('new-name')).toBe(true);
      expect((await makeProject()).id).not.toBe(id);
    });

    it('refuses a name that is taken, and then changes nothing', async () => {
      const { registry, makeProject } = fixture();
      const project = await makeProject();
      await makeProject({ name: 'theirs', accountId: await registry.createAccount() });
      expect(await change(project.id, { name: 'theirs', quotaBytes: 5 })).toBe('name_taken');
      expect(await registry.findProject('my-app')).toEqual(project);
    });

    it('adds every entry of a change, and none of one that is refused', async () => {
      const { registry, newEntry, makeProject, actions } = fixture();
      const { id } = await makeProject();
      await makeProject({ name: 'theirs', accountId: await registry.createAccount() });
      const entries = [newEntry('project.renamed'), newEntry('project.quota_changed')];
      await registry.changeProject(id, { name: 'theirs', quotaBytes: 5 }, entries);
      expect(await actions()).toEqual([]);
      await registry.changeProject(id, { name: 'new-name', quotaBytes: 5 }, entries);
      expect(await actions()).toEqual(['project.renamed', 'project.quota_changed']);
    });

    it('accepts the current name', async () => {
      const { makeProject } = fixture();
      const project = await makeProject();
      const changed = { ...project, quotaBytes: 5 };
      expect(await change(project.id, { name: 'my-app', quotaBytes: 5 })).toEqual(changed);
    });

    it('gives a name to one of two concurrent requests', async () => {
      const { registry, makeProject } = fixture();
      const made = [await makeProject({ name: 'a' }), await makeProject({ name: 'b' })];
      const outcomes = await Promise.all(made.map(({ id }) => change(id, { name: 'wanted' })));
      expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(1);
      expect(await registry.listProjects()).toHaveLength(2);
    });

    it('is null for an unknown project', async () => {
      const { registry, makeProject } = fixture();
      const project = await makeProject();
      for (const id of ['gone', project.name, ...HOSTILE_TEXTS]) {
        expect(await change(id, { quotaBytes: 5 }), id).toBeNull();
      }
      expect(await registry.findProject('my-app')).toEqual(project);
    });
  });
}
