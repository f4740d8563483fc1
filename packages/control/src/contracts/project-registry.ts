import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NewProject, ProjectRegistry } from '../ports.js';

/** A database with no account, project and key. */
export interface ProjectRegistrySetup {
  readonly registry: ProjectRegistry;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: ProjectRegistry;
  close(): Promise<void>;
}

const STRANGE_TEXTS = ['', ' ', "' OR 1=1 --", '%', '__proto__', 'MY-APP', 'x'.repeat(10_000)];

/** The suite of {@link ProjectRegistry}: declares its tests against what `setUp` makes for each. */
export function describeProjectRegistry(
  name: string,
  setUp: () => Promise<ProjectRegistrySetup>,
): void {
  describe(`${name} as ProjectRegistry`, () => {
    let setup: ProjectRegistrySetup;
    let registry: ProjectRegistry;
    let accountId: string;
    beforeEach(async () => {
      setup = await setUp();
      registry = setup.registry;
      accountId = await registry.createAccount();
    });
    afterEach(() => setup.close());

    const newProject = (facts: Partial<NewProject> = {}): NewProject => ({
      accountId,
      name: 'my-app',
      serveSecret: 'psk_live_one',
      allowedOrigins: [],
      quotaBytes: null,
      ...facts,
    });
    const makeProject = async (facts: Partial<NewProject> = {}) => {
      const project = await registry.createProject(newProject(facts));
      if (project === 'name_taken') throw new Error('name_taken');
      return project;
    };
    const makeKey = async (projectId: string | null, secret: string, limit = 100) => {
      await nextMillisecond();
      const key = { accountId, projectId, name: `key ${secret}`, secret };
      return registry.createSecretKey(key, limit);
    };
    const keyNames = async (projectId: string, keys = registry) =>
      (await keys.listSecretKeys(projectId)).map((key) => key.name);

    it('gives every account an id of its own', async () => {
      const ids = await Promise.all(Array.from({ length: 20 }, () => registry.createAccount()));
      expect(new Set([accountId, ...ids]).size).toBe(21);
    });

    describe('projects', () => {
      it('are found as they were made, by every process', async () => {
        const before = Date.now();
        const facts = { allowedOrigins: ['https://app.example', "https://'"], quotaBytes: 2 ** 45 };
        const project = await makeProject(facts);
        expect(project).toMatchObject({ accountId, name: 'my-app', usedBytes: 0, ...facts });
        expect(project.createdAt).toBeGreaterThanOrEqual(before);
        expect(project.createdAt).toBeLessThanOrEqual(Date.now());
        expect(await registry.findProject('my-app')).toEqual(project);
        expect(await setup.other.findProject('my-app')).toEqual(project);
      });

      it('never show their secret', async () => {
        const made = await makeProject();
        const shown = [made, await registry.findProject('my-app'), await registry.listProjects()];
        expect(JSON.stringify(shown)).not.toContain('psk_live_');
      });

      it('are not found under any other text', async () => {
        await makeProject();
        for (const text of STRANGE_TEXTS) {
          expect(await registry.findProject(text), text).toBeNull();
        }
      });

      it('are listed oldest first, of every account', async () => {
        expect(await registry.listProjects()).toEqual([]);
        const first = await makeProject({ name: 'zebra' });
        await nextMillisecond();
        const second = await makeProject({
          name: 'aardvark',
          accountId: await registry.createAccount(),
        });
        expect(await registry.listProjects()).toEqual([first, second]);
        expect(await setup.other.listProjects()).toEqual([first, second]);
      });

      it('have a name that nobody else has, whatever their account', async () => {
        const project = await makeProject();
        const again = newProject({ serveSecret: 'psk_live_two', quotaBytes: 5 });
        const elsewhere = { ...again, accountId: await registry.createAccount() };
        expect(await registry.createProject(again)).toBe('name_taken');
        expect(await setup.other.createProject(elsewhere)).toBe('name_taken');
        expect(await registry.listProjects()).toEqual([project]);
        expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_one');
      });

      it('give a name to one of many that want it at once', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, n) =>
            registry.createProject(newProject({ serveSecret: `psk_live_${n}` })),
          ),
        );
        expect(outcomes.filter((outcome) => outcome === 'name_taken')).toHaveLength(9);
        const n = outcomes.findIndex((outcome) => outcome !== 'name_taken');
        expect(await registry.listProjects()).toEqual([outcomes[n]]);
        const [project] = await registry.listProjects();
        expect((await registry.serveSecrets(project?.id ?? ''))?.current).toBe(`psk_live_${n}`);
      });

      it('need an account that exists', async () => {
        await expect(registry.createProject(newProject({ accountId: 'gone' }))).rejects.toThrow();
        expect(await registry.listProjects()).toEqual([]);
      });
    });

    describe('serve secrets', () => {
      it('come out as they went in', async () => {
        const serveSecret = 'psk_live_Ünïcode-\n"\'\0-end';
        const { id } = await makeProject({ serveSecret });
        expect(await registry.serveSecrets(id)).toEqual({ current: serveSecret, previous: null });
      });

      it('are replaced, and the one before goes on until its time', async () => {
        const { id } = await makeProject();
        expect(await registry.replaceServeSecret(id, 'psk_live_two', 1000)).toBe(true);
        const two = { current: 'psk_live_two', previous: { secret: 'psk_live_one', until: 1000 } };
        expect(await registry.serveSecrets(id)).toEqual(two);
        expect(await setup.other.serveSecrets(id)).toEqual(two);
        expect(await setup.other.replaceServeSecret(id, 'psk_live_three', 2000)).toBe(true);
        expect(await registry.serveSecrets(id)).toEqual({
          current: 'psk_live_three',
          previous: { secret: 'psk_live_two', until: 2000 },
        });
      });

      it('are replaced without anything going on', async () => {
        const { id } = await makeProject();
        await registry.replaceServeSecret(id, 'psk_live_two', 1000);
        await registry.replaceServeSecret(id, 'psk_live_three', null);
        const three = { current: 'psk_live_three', previous: null };
        expect(await registry.serveSecrets(id)).toEqual(three);
      });

      it('follow each other when they are replaced by two at once', async () => {
        const { id } = await makeProject();
        await Promise.all([
          registry.replaceServeSecret(id, 'psk_live_two', 1000),
          registry.replaceServeSecret(id, 'psk_live_three', 1000),
        ]);
        const { current, previous } = (await registry.serveSecrets(id)) ?? {};
        expect([current, previous?.secret].sort()).toEqual(['psk_live_three', 'psk_live_two']);
      });

      it('are nowhere for a project that does not exist', async () => {
        const project = await makeProject();
        for (const id of ['gone', project.name, ...STRANGE_TEXTS]) {
          expect(await registry.serveSecrets(id), id).toBeNull();
          expect(await registry.replaceServeSecret(id, 'psk_live_two', null), id).toBe(false);
        }
        expect((await registry.serveSecrets(project.id))?.current).toBe('psk_live_one');
      });
    });

    describe('secret keys', () => {
      it('are told without their secret, but for its end', async () => {
        const { id: projectId } = await makeProject();
        const before = Date.now();
        const key = await makeKey(projectId, 'sk_live_a-long-secret-wxyz');
        expect(key).toMatchObject({ accountId, projectId, lastFour: 'wxyz' });
        expect(key).toMatchObject({ name: 'key sk_live_a-long-secret-wxyz' });
        expect(Object.values(key)).not.toContain('sk_live_a-long-secret-wxyz');
        const [listed] = await registry.listSecretKeys(projectId);
        expect(listed).toEqual(key);
        expect(listed?.createdAt).toBeGreaterThanOrEqual(before);
      });

      it('are listed newest first: those of the project and of its account', async () => {
        const { id } = await makeProject();
        const { id: otherId } = await makeProject({ name: 'other-app' });
        const { id: foreignId } = await makeProject({
          name: 'foreign-app',
          accountId: await registry.createAccount(),
        });
        await makeKey(id, 'a');
        await makeKey(null, 'b');
        await makeKey(otherId, 'c');
        await makeKey(id, 'd');
        expect(await keyNames(id)).toEqual(['key d', 'key b', 'key a']);
        expect(await keyNames(otherId)).toEqual(['key c', 'key b']);
        expect(await keyNames(foreignId)).toEqual([]);
        expect(await keyNames(id, setup.other)).toEqual(['key d', 'key b', 'key a']);
        for (const text of STRANGE_TEXTS) expect(await keyNames(text), text).toEqual([]);
      });

      it('reach a limit that counts the active ones of their project', async () => {
        const { id } = await makeProject();
        const { id: otherId } = await makeProject({ name: 'other-app' });
        await makeKey(otherId, 'other');
        await makeKey(null, 'wide');
        await makeKey(id, 'a', 2);
        const b = await makeKey(id, 'b', 2);
        expect(await makeKey(id, 'c', 2)).toBe('limit_reached');
        expect(await keyNames(id)).toEqual(['key b', 'key a', 'key wide']);
        if (b !== 'limit_reached') await registry.revokeSecretKey(b.id);
        expect(await makeKey(id, 'd', 2)).not.toBe('limit_reached');
        expect(await makeKey(id, 'e', 2)).toBe('limit_reached');
      });

      it('reach a limit that counts the account-wide ones of their account', async () => {
        await registry.createSecretKey(
          { accountId: await registry.createAccount(), projectId: null, name: 'x', secret: 'x' },
          1,
        );
        const { id } = await makeProject();
        await makeKey(id, 'own');
        expect(await makeKey(null, 'a', 1)).not.toBe('limit_reached');
        expect(await makeKey(null, 'b', 1)).toBe('limit_reached');
      });

      it('never pass the limit, however many are made at once', async () => {
        const { id: projectId } = await makeProject();
        const outcomes = await Promise.all(
          Array.from({ length: 25 }, (_, n) =>
            registry.createSecretKey({ accountId, projectId, name: '', secret: `${n}` }, 10),
          ),
        );
        expect(outcomes.filter((outcome) => outcome !== 'limit_reached')).toHaveLength(10);
        expect(await registry.listSecretKeys(projectId)).toHaveLength(10);
      });

      it('are revoked once, for every process', async () => {
        const { id: projectId } = await makeProject();
        const key = await makeKey(projectId, 'a');
        await makeKey(projectId, 'b');
        const id = key === 'limit_reached' ? '' : key.id;
        const revoked = await Promise.all(
          Array.from({ length: 6 }, () => registry.revokeSecretKey(id)),
        );
        expect(revoked.filter(Boolean)).toHaveLength(1);
        expect(await registry.revokeSecretKey(id)).toBe(false);
        expect(await keyNames(projectId)).toEqual(['key b']);
        expect(await keyNames(projectId, setup.other)).toEqual(['key b']);
      });

      it('are not revoked under any other text', async () => {
        const { id: projectId } = await makeProject();
        await makeKey(projectId, 'a');
        for (const text of ['a', 'key a', projectId, ...STRANGE_TEXTS]) {
          expect(await registry.revokeSecretKey(text), text).toBe(false);
        }
        expect(await keyNames(projectId)).toEqual(['key a']);
      });
    });
  });
}

/** Ends when the clock has gone on: "newest first" says nothing within one millisecond. */
async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise<void>((resolve) => setTimeout(resolve));
}
