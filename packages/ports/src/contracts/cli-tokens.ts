import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CliTokens } from '../index.js';
import { nextMillisecond, STRANGE_TEXTS } from './registry-rows.js';

/** A database with no token of the command line. */
export interface CliTokensSetup {
  readonly cliTokens: CliTokens;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: CliTokens;
  /** @returns the id of a user, another one each time */
  makeUser(): Promise<string>;
  close(): Promise<void>;
}

const MINUTE = 60_000;
const TOKEN = 'aura_cli_a-long-token-wxyz';

/** The suite of {@link CliTokens}: declares its tests against what `setUp` makes for each. */
export function describeCliTokens(name: string, setUp: () => Promise<CliTokensSetup>): void {
  describe(`${name} as CliTokens`, () => {
    let setup: CliTokensSetup;
    let userId: string;
    beforeEach(async () => {
      setup = await setUp();
      userId = await setup.makeUser();
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const create = async (token = TOKEN, user = userId) => {
      await nextMillisecond();
      return setup.cliTokens.create({ userId: user, name: `name of ${token}`, token });
    };
    const names = async (user = userId, tokens = setup.cliTokens) =>
      (await tokens.list(user)).map((token) => token.name);

    it('tells a token without itself, but for its end', async () => {
      const before = Date.now();
      const made = await create();
      expect(made).toMatchObject({ userId, name: `name of ${TOKEN}`, lastFour: 'wxyz' });
      expect(made.lastUsedAt).toBeNull();
      expect(made.createdAt).toBeGreaterThanOrEqual(before);
      expect(Object.values(made)).not.toContain(TOKEN);
      expect(await setup.cliTokens.list(userId)).toEqual([made]);
    });

    it('finds it by the whole token, from every process', async () => {
      const made = await create();
      expect(await setup.cliTokens.find(TOKEN)).toMatchObject({ id: made.id, userId });
      expect(await setup.other.find(TOKEN)).toMatchObject({ id: made.id, userId });
      const close = [TOKEN.slice(0, -1), `${TOKEN}x`, ` ${TOKEN}`, TOKEN.toUpperCase(), 'wxyz'];
      for (const text of [...close, made.id, made.name, ...STRANGE_TEXTS]) {
        expect(await setup.cliTokens.find(text), text).toBeNull();
      }
    });

    it('notes the use to the minute', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_020_000 });
      const minute = 1_900_000_020_000;
      await setup.cliTokens.create({ userId, name: 'laptop', token: TOKEN });
      const used = async () => (await setup.cliTokens.list(userId))[0]?.lastUsedAt;
      expect(await used()).toBeNull();
      for (const [passed, expected] of [
        [1, minute],
        [MINUTE - 1, minute],
        [MINUTE, minute + MINUTE],
        [10 * MINUTE + 59_999, minute + 10 * MINUTE],
        // A clock that goes back makes nothing unused.
        [5 * MINUTE, minute + 10 * MINUTE],
      ] as const) {
        vi.setSystemTime(minute + passed);
        expect((await setup.other.find(TOKEN))?.lastUsedAt).toBe(expected);
        expect(await used()).toBe(expected);
      }
    });

    it('lists those of one user, newest first', async () => {
      const somebody = await setup.makeUser();
      await create('a');
      await create('b', somebody);
      await create('c');
      expect(await names()).toEqual(['name of c', 'name of a']);
      expect(await names(somebody, setup.other)).toEqual(['name of b']);
      for (const text of STRANGE_TEXTS) expect(await names(text), text).toEqual([]);
    });

    it('revokes one of the user, once, for every process', async () => {
      const { id } = await create('a');
      await create('b');
      await setup.other.find('a');
      const revoked = await Promise.all(
        Array.from({ length: 5 }, () => setup.cliTokens.revoke(userId, id)),
      );
      expect(revoked.filter(Boolean)).toHaveLength(1);
      expect(await setup.other.revoke(userId, id)).toBe(false);
      expect(await setup.cliTokens.find('a')).toBeNull();
      expect(await setup.other.find('a')).toBeNull();
      expect(await names()).toEqual(['name of b']);
    });

    it('revokes none of another user, and none by another text', async () => {
      const { id } = await create();
      const somebody = await setup.makeUser();
      expect(await setup.cliTokens.revoke(somebody, id)).toBe(false);
      for (const text of [TOKEN, 'name of a', ...STRANGE_TEXTS]) {
        expect(await setup.cliTokens.revoke(userId, text), text).toBe(false);
        expect(await setup.cliTokens.revoke(text, id), text).toBe(false);
      }
      expect(await setup.cliTokens.find(TOKEN)).toMatchObject({ id });
    });

    it('takes no token twice', async () => {
      const { id } = await create();
      await expect(create()).rejects.toThrow();
      await expect(create(TOKEN, await setup.makeUser())).rejects.toThrow();
      expect(await setup.cliTokens.find(TOKEN)).toMatchObject({ id, userId });
    });
  });
}
