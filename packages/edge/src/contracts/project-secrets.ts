import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProjectSecrets } from '../ports.js';
import { STRANGE_TEXTS } from './image-rows.js';

/** A database with no account, project and key. */
export interface ProjectSecretsSetup {
  readonly projects: ProjectSecrets;
  /** The same rows through another connection, as another process sees them. */
  readonly other: ProjectSecrets;
  /** @returns the account's id */
  makeAccount(): Promise<string>;
  makeProject(
    accountId: string,
    name: string,
    options?: { allowedOrigins?: readonly string[]; quotaBytes?: number },
  ): Promise<void>;
  /**
   * Makes a key for a project, or for all of the account's where `project` is `null`. Keys that are
   * made one after the other have times that differ.
   *
   * @returns its id
   */
  makeKey(accountId: string, project: string | null, secret: string): Promise<string>;
  revokeKey(id: string): Promise<void>;
  /** Adds an image of so many bytes to a project. */
  addImage(project: string, bytes: number): Promise<void>;
  close(): Promise<void>;
}

const OWN = 'sk_live_own';
const OTHER = 'sk_live_other';
const WIDE = 'sk_live_account-wide';
const FOREIGN = 'sk_live_foreign';

/** The suite of {@link ProjectSecrets}: declares its tests against what `setUp` makes for each. */
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
      (await projects.uploadPolicy(project))?.secretKeys;

    describe('uploadPolicy', () => {
      it('is null for a project that does not exist, whatever the text is', async () => {
        for (const text of ['my-ap', 'my-apps', ...STRANGE_TEXTS]) {
          expect(await setup.projects.uploadPolicy(text), text).toBeNull();
        }
      });

      it('tells origins, quota and usage', async () => {
        const allowedOrigins = ['https://app.example', 'http://localhost:3000'];
        await setup.makeProject(account, 'bounded', { allowedOrigins, quotaBytes: 2 ** 40 });
        await setup.addImage('bounded', 1000);
        expect(await setup.projects.uploadPolicy('bounded')).toEqual({
          secretKeys: [],
          allowedOrigins,
          quotaBytes: 2 ** 40,
          usedBytes: 1000,
        });
        const open = { secretKeys: [], allowedOrigins: [], quotaBytes: null, usedBytes: 0 };
        expect(await setup.projects.uploadPolicy('my-app')).toEqual(open);
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

      it('sees every commit of another connection', async () => {
        expect(await keysOf('my-app', setup.other)).toEqual([]);
        const own = await setup.makeKey(account, 'my-app', OWN);
        const wide = await setup.makeKey(account, null, WIDE);
        expect(await keysOf('my-app', setup.other)).toEqual([WIDE, OWN]);
        await setup.revokeKey(own);
        expect(await keysOf('my-app', setup.other)).toEqual([WIDE]);
        await setup.revokeKey(wide);
        expect(await keysOf('my-app', setup.other)).toEqual([]);
        await setup.addImage('my-app', 5);
        expect((await setup.other.uploadPolicy('my-app'))?.usedBytes).toBe(5);
        await setup.makeProject(account, 'new-app');
        expect(await keysOf('new-app', setup.other)).toEqual([]);
      });
    });

    describe('access', () => {
      const access = (secret: string, project: string) => setup.projects.access(secret, project);

      it('opens the one project that the key was made for', async () => {
        await setup.makeKey(account, 'my-app', OWN);
        expect(await access(OWN, 'my-app')).toBe('granted');
        expect(await access(OWN, 'other-app')).toBe('other');
        expect(await access(OWN, 'foreign-app')).toBe('other');
      });

      it('opens every project of the account for an account-wide key', async () => {
        await setup.makeKey(account, null, WIDE);
        expect(await access(WIDE, 'my-app')).toBe('granted');
        expect(await access(WIDE, 'other-app')).toBe('granted');
        expect(await access(WIDE, 'foreign-app')).toBe('other');
        await setup.makeProject(account, 'new-app');
        expect(await access(WIDE, 'new-app')).toBe('granted');
      });

      it('is other for a project that does not exist', async () => {
        await setup.makeKey(account, 'my-app', OWN);
        await setup.makeKey(account, null, WIDE);
        for (const text of ['my-apps', ...STRANGE_TEXTS]) {
          expect(await access(OWN, text), text).toBe('other');
          expect(await access(WIDE, text), text).toBe('other');
        }
      });

      it('is unknown for every text that is no key', async () => {
        await setup.makeKey(account, 'my-app', OWN);
        const close = [OWN.slice(0, -1), `${OWN}x`, ` ${OWN}`, `${OWN} `, OWN.toUpperCase()];
        for (const text of [...close, FOREIGN, 'sk_live_', 'sk_live_%', ...STRANGE_TEXTS]) {
          expect(await access(text, 'my-app'), text).toBe('unknown');
          expect(await access(text, 'nowhere'), text).toBe('unknown');
        }
      });

      it('is unknown from the moment a key is revoked, for every process', async () => {
        const id = await setup.makeKey(account, 'my-app', OWN);
        await setup.makeKey(account, 'my-app', 'sk_live_stays');
        expect(await setup.other.access(OWN, 'my-app')).toBe('granted');
        await setup.revokeKey(id);
        expect(await access(OWN, 'my-app')).toBe('unknown');
        expect(await setup.other.access(OWN, 'my-app')).toBe('unknown');
        expect(await access('sk_live_stays', 'my-app')).toBe('granted');
      });
    });
  });
}
