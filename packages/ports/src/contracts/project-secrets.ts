import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectSecrets } from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';

/** A database with no account, project and key. */
export interface ProjectSecretsSetup {
  readonly projects: ProjectSecrets;
  /** The same records through another connection, as another process has it. */
  readonly other: ProjectSecrets;
  /** @returns the account's id */
  makeAccount(): Promise<string>;
  makeProject(
    accountId: string,
    name: string,
    options?: { allowedOrigins?: readonly string[]; quotaBytes?: number },
  ): Promise<void>;
  /**
   * Creates a key for a project, or for all of the account when `project` is `null`. Keys have distinct
   * creation times. The name of a key is `name of` and its secret.
   *
   * @returns its id
   */
  makeKey(accountId: string, project: string | null, secret: string): Promise<string>;
  revokeKey(project: string, id: string): Promise<void>;
  /** The internal secret key of a project. */
  internalKey(project: string): Promise<string>;
  /** Starts to delete a project. */
  beginDeletion(project: string): Promise<void>;
  /** Adds an image to a project. */
  addImage(project: string, bytes: number): Promise<void>;
  close(): Promise<void>;
}

const OWN = 'sk_live_own';
const OTHER = 'sk_live_other';
const WIDE = 'sk_live_account-wide';

/** Declares the suite of `ProjectSecrets`. Every test gets its own `setUp`. */
export function describeProjectSecrets(
  name: string,
  setUp: () => Promise<ProjectSecretsSetup>,
): void {
  describe(`${name} as ProjectSecrets`, () => {
    let setup: ProjectSecretsSetup;
    let account: string;
    beforeEach(async () => {
      setup = await setUp();
      account = await setup.makeAccount();
      await setup.makeProject(account, 'my-app');
      await setup.makeProject(account, 'other-app');
      await setup.makeProject(await setup.makeAccount(), 'foreign-app');
    });
    afterEach(() => setup.close());

    const keysOf = async (project: string, projects = setup.projects) =>
      (await projects.uploadPolicy(project))?.secretKeys.map(({ secret }) => secret);

    describe('uploadPolicy', () => {
      it('is null for an unknown project, whatever the text is', async () => {
        for (const text of ['my-ap', 'my-apps', ...HOSTILE_TEXTS]) {
          expect(await setup.projects.uploadPolicy(text), text).toBeNull();
        }
      });

      it('has origins, quota and usage', async () => {
        const allowedOrigins = ['https://app.example', 'http://localhost:3000'];
        await setup.makeProject(account, 'bounded', { allowedOrigins, quotaBytes: 2 ** 40 });
        await setup.addImage('bounded', 1000);
        expect(await setup.projects.uploadPolicy('bounded')).toEqual({
          projectId: expect.any(String),
          secretKeys: [],
          allowedOrigins,
          quotaBytes: 2 ** 40,
          usedBytes: 1000,
        });
        const open = { secretKeys: [], allowedOrigins: [], quotaBytes: null, usedBytes: 0 };
        expect(await setup.projects.uploadPolicy('my-app')).toMatchObject(open);
      });

      it('has the keys of the project and its account, newest first', async () => {
        await setup.makeKey(account, 'my-app', OWN);
        await setup.makeKey(account, null, WIDE);
        await setup.makeKey(account, 'other-app', OTHER);
        await setup.makeKey(account, 'my-app', 'sk_live_newest');
        expect(await keysOf('my-app')).toEqual(['sk_live_newest', WIDE, OWN]);
        expect(await keysOf('other-app')).toEqual([OTHER, WIDE]);
        expect(await keysOf('foreign-app')).toEqual([]);
      });

      it('has each key with its id and name', async () => {
        const id = await setup.makeKey(account, 'my-app', OWN);
        const { secretKeys } = (await setup.projects.uploadPolicy('my-app')) ?? {};
        expect(secretKeys).toEqual([{ id, internal: false, name: `name of ${OWN}`, secret: OWN }]);
      });

      it('has the internal key, for its project only', async () => {
        const internal = await setup.internalKey('my-app');
        expect(await keysOf('my-app')).toEqual([internal]);
        expect(await keysOf('my-app', setup.other)).toEqual([internal]);
        expect(await keysOf('other-app')).toEqual([]);
      });

      it('is null for a project that is being deleted, in every process', async () => {
        await setup.makeKey(account, null, WIDE);
        await setup.beginDeletion('my-app');
        expect(await setup.projects.uploadPolicy('my-app')).toBeNull();
        expect(await setup.other.uploadPolicy('my-app')).toBeNull();
        expect(await keysOf('other-app')).toEqual([WIDE]);
      });

      it('sees every commit of another connection', async () => {
        expect(await keysOf('my-app', setup.other)).toEqual([]);
        const own = await setup.makeKey(account, 'my-app', OWN);
        const wide = await setup.makeKey(account, null, WIDE);
        expect(await keysOf('my-app', setup.other)).toEqual([WIDE, OWN]);
        await setup.revokeKey('my-app', own);
        expect(await keysOf('my-app', setup.other)).toEqual([WIDE]);
        await setup.revokeKey('my-app', wide);
        expect(await keysOf('my-app', setup.other)).toEqual([]);
        await setup.addImage('my-app', 5);
        expect((await setup.other.uploadPolicy('my-app'))?.usedBytes).toBe(5);
        await setup.makeProject(account, 'new-app');
        expect(await keysOf('new-app', setup.other)).toEqual([]);
      });
    });
  });
}
