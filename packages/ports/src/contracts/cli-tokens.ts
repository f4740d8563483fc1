import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AuditLog,
  type CliTokens,
  MAX_CLI_TOKENS,
  type NewAuditEntry,
  type NewCliToken,
} from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry, nextMillisecond } from './fixtures.js';

/** A database without command line tokens. */
export interface CliTokensSetup {
  readonly cliTokens: CliTokens;
  /** The same records through another connection, as another process has it. */
  readonly other: CliTokens;
  readonly audit: AuditLog;
  makeAccount(): Promise<string>;
  /** Creates a user. @returns its id */
  makeUser(): Promise<string>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;
const MINUTE = 60_000;
const CLI_TOKEN = 'aura_cli_a-long-token-wxyz';

/** Declares the suite of `CliTokens`. Every test gets its own `setUp`. */
export function describeCliTokens(name: string, setUp: () => Promise<CliTokensSetup>): void {
  describe(`${name} as CliTokens`, () => {
    let setup: CliTokensSetup;
    let userId: string;
    let entry: NewAuditEntry;
    beforeEach(async () => {
      setup = await setUp();
      userId = await setup.makeUser();
      entry = newAuditEntry(await setup.makeAccount(), 'cli_token.created', { project: null });
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const newToken = (token = CLI_TOKEN, facts: Partial<NewCliToken> = {}): NewCliToken => ({
      userId,
      name: `name of ${token}`,
      token,
      expiresAt: null,
      credentialResets: 0,
      ...facts,
    });
    const create = async (token = CLI_TOKEN, user = userId) => {
      await nextMillisecond();
      const made = await setup.cliTokens.create(newToken(token, { userId: user }), entry);
      if (made === null) throw new Error('there is no such user');
      return made;
    };
    const idOf = async (token: string) => {
      const found = await setup.other.find(token);
      return typeof found === 'object' ? (found?.id ?? null) : found;
    };
    const names = async (user = userId, tokens = setup.cliTokens) =>
      (await tokens.list(user)).map((token) => token.name);

    it('describes a token without its secret, except for the last four characters', async () => {
      const before = Date.now();
      const made = await create();
      expect(made).toMatchObject({ userId, name: `name of ${CLI_TOKEN}`, lastFour: 'wxyz' });
      expect(made.lastUsedAt).toBeNull();
      expect(made.createdAt).toBeGreaterThanOrEqual(before);
      expect(Object.values(made)).not.toContain(CLI_TOKEN);
      expect(await setup.cliTokens.list(userId)).toEqual([made]);
    });

    it('finds a token by its whole text, in every process', async () => {
      const made = await create();
      expect(await setup.cliTokens.find(CLI_TOKEN)).toMatchObject({ id: made.id, userId });
      expect(await setup.other.find(CLI_TOKEN)).toMatchObject({ id: made.id, userId });
      const close = [
        CLI_TOKEN.slice(0, -1),
        `${CLI_TOKEN}x`,
        ` ${CLI_TOKEN}`,
        CLI_TOKEN.toUpperCase(),
        'wxyz',
      ];
      for (const text of [...close, made.id, made.name, ...HOSTILE_TEXTS]) {
        expect(await setup.cliTokens.find(text), text).toBeNull();
      }
    });

    it('records the use to the minute', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: 1_900_000_020_000 });
      const minute = 1_900_000_020_000;
      await setup.cliTokens.create(newToken(), entry);
      const used = async () => (await setup.cliTokens.list(userId))[0]?.lastUsedAt;
      expect(await used()).toBeNull();
      for (const [passed, expected] of [
        [1, minute],
        [MINUTE - 1, minute],
        [MINUTE, minute + MINUTE],
        [10 * MINUTE + 59_999, minute + 10 * MINUTE],
        // A clock that was set back does not set the time back.
        [5 * MINUTE, minute + 10 * MINUTE],
      ] as const) {
        vi.setSystemTime(minute + passed);
        expect(await setup.other.find(CLI_TOKEN)).toMatchObject({ lastUsedAt: expected });
        expect(await used()).toBe(expected);
      }
    });

    it('lists the tokens of one user, newest first', async () => {
      const somebody = await setup.makeUser();
      await create('a');
      await create('b', somebody);
      await create('c');
      expect(await names()).toEqual(['name of c', 'name of a']);
      expect(await names(somebody, setup.other)).toEqual(['name of b']);
      for (const text of HOSTILE_TEXTS) expect(await names(text), text).toEqual([]);
    });

    it('revokes a token of the user once, in every process', async () => {
      const { id } = await create('a');
      await create('b');
      await setup.other.find('a');
      const revoked = await Promise.all(
        Array.from({ length: 5 }, () => setup.cliTokens.revoke(userId, id, entry)),
      );
      expect(revoked.filter(Boolean)).toHaveLength(1);
      expect(await setup.other.revoke(userId, id, entry)).toBe(false);
      expect(await setup.cliTokens.find('a')).toBeNull();
      expect(await setup.other.find('a')).toBeNull();
      expect(await names()).toEqual(['name of b']);
    });

    it('revokes no token of another user, and none by another text', async () => {
      const { id } = await create();
      const somebody = await setup.makeUser();
      expect(await setup.cliTokens.revoke(somebody, id, entry)).toBe(false);
      for (const text of [CLI_TOKEN, 'name of a', ...HOSTILE_TEXTS]) {
        expect(await setup.cliTokens.revoke(userId, text, entry), text).toBe(false);
        expect(await setup.cliTokens.revoke(text, id, entry), text).toBe(false);
      }
      expect(await setup.cliTokens.find(CLI_TOKEN)).toMatchObject({ id });
    });

    it('commits an audit entry with each change, and none without a change', async () => {
      const entries = async () =>
        (await setup.audit.list({ accountId: entry.accountId, limit: 10 })).entries;
      const { id } = await create();
      expect(await entries()).toMatchObject([entry]);
      await expect(create()).rejects.toThrow();
      await setup.cliTokens.revoke(userId, 'none', entry);
      expect(await entries()).toHaveLength(1);
      await setup.cliTokens.revoke(userId, id, { ...entry, action: 'cli_token.revoked' });
      await setup.cliTokens.revoke(userId, id, entry);
      const actions = (await entries()).map(({ action }) => action);
      expect(actions).toEqual(['cli_token.revoked', 'cli_token.created']);
    });

    it('finds a token until it expires, and lists it still', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
      const made = await setup.cliTokens.create(newToken('a', { expiresAt: NOW + MINUTE }), entry);
      expect(made).toMatchObject({ expiresAt: NOW + MINUTE });
      await setup.cliTokens.create(newToken('b'), entry);
      vi.setSystemTime(NOW + MINUTE - 1);
      expect(await idOf('a')).toBe(made?.id);
      vi.setSystemTime(NOW + MINUTE);
      for (const tokens of [setup.cliTokens, setup.other]) {
        expect(await tokens.find('a')).toBe('expired');
        expect(await tokens.find('b')).toMatchObject({ expiresAt: null });
      }
      expect((await names()).sort()).toEqual(['name of a', 'name of b']);
      expect(await setup.cliTokens.revoke(userId, made?.id ?? '', entry)).toBe(true);
      expect(await idOf('a')).toBeNull();
    });

    it('creates none for a user who was removed or whose credentials were ended since', async () => {
      const refused = [{ userId: 'gone' }, { credentialResets: 1 }, { credentialResets: -1 }];
      for (const facts of refused) {
        expect(await setup.cliTokens.create(newToken(CLI_TOKEN, facts), entry)).toBeNull();
      }
      expect(await idOf(CLI_TOKEN)).toBeNull();
      const { accountId } = entry;
      expect((await setup.audit.list({ accountId, limit: 10 })).entries).toEqual([]);
    });

    it('ends the least recently used of a hundred', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
      const tokens = Array.from({ length: MAX_CLI_TOKENS }, (_, n) => `token ${n}`);
      for (const token of tokens) await setup.cliTokens.create(newToken(token), entry);
      vi.setSystemTime(NOW + MINUTE);
      for (const token of tokens) if (token !== 'token 7') await setup.cliTokens.find(token);
      await setup.cliTokens.create(newToken('one more'), entry);
      expect(await idOf('token 7')).toBeNull();
      expect(await idOf('one more')).not.toBeNull();
      expect(await names()).toHaveLength(MAX_CLI_TOKENS);
    });

    it('removes tokens that expired or were used last long ago, some at a time', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
      const expiries = [NOW + MINUTE, NOW + 2 * MINUTE, NOW + 3 * MINUTE, null, null];
      for (const [n, expiresAt] of expiries.entries()) {
        await setup.cliTokens.create(newToken(`${n}`, { expiresAt }), entry);
      }
      vi.setSystemTime(NOW + MINUTE - 1);
      await setup.cliTokens.find('3');
      const remove = (expiredBefore: number, unusedSince: number, limit = 10) =>
        setup.other.removeOld({ expiredBefore, unusedSince }, limit);
      expect(await remove(NOW + MINUTE, NOW)).toBe(0);
      expect(await remove(NOW + 3 * MINUTE, NOW, 1)).toBe(1);
      expect(await remove(NOW + 3 * MINUTE, NOW)).toBe(1);
      expect((await names()).sort()).toEqual(['name of 2', 'name of 3', 'name of 4']);
      const minute = Math.floor((NOW + MINUTE - 1) / MINUTE) * MINUTE;
      expect(await remove(NOW, minute)).toBe(2);
      expect(await names()).toEqual(['name of 3']);
      expect(await remove(NOW, minute + 1)).toBe(1);
    });

    it('rejects a duplicate token', async () => {
      const { id } = await create();
      await expect(create()).rejects.toThrow();
      await expect(create(CLI_TOKEN, await setup.makeUser())).rejects.toThrow();
      expect(await setup.cliTokens.find(CLI_TOKEN)).toMatchObject({ id, userId });
    });
  });
}
