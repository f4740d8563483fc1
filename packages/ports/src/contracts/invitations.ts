import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Invitation, Invitations } from '../index.js';
import { STRANGE_TEXTS } from './registry-rows.js';

/** A database with no invitation. */
export interface InvitationsSetup {
  readonly invitations: Invitations;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: Invitations;
  makeAccount(): Promise<string>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;
const DAY = 86_400_000;
const TOKEN = 'a-long-random-token';

/** The suite of {@link Invitations}: declares its tests against what `setUp` makes for each. */
export function describeInvitations(name: string, setUp: () => Promise<InvitationsSetup>): void {
  describe(`${name} as Invitations`, () => {
    let setup: InvitationsSetup;
    let accountId: string;
    beforeEach(async () => {
      setup = await setUp();
      accountId = await setup.makeAccount();
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const pass = (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds);
    const create = (facts: Partial<Invitation> = {}, token = TOKEN) => {
      pass(1);
      return setup.invitations.create({
        kind: 'invitation',
        accountId: null,
        invitedBy: accountId,
        email: null,
        expiresAt: NOW + 7 * DAY,
        ...facts,
        token,
      });
    };
    const setUpLink = (token = 'set-up') =>
      create({ kind: 'setup', accountId, invitedBy: null }, token);
    const isOpen = async (token = TOKEN) => {
      const found = [await setup.invitations.find(token), await setup.other.find(token)];
      expect(found[0]).toEqual(found[1]);
      return found[0] !== null;
    };

    it('finds what was made by its token, from every process', async () => {
      const facts = { email: 'ada@example.com', expiresAt: NOW + DAY };
      const made = await create(facts);
      expect(made).toMatchObject({ kind: 'invitation', accountId: null, invitedBy: accountId });
      expect(made).toMatchObject({ ...facts, createdAt: NOW + 1 });
      expect(Object.values(made)).not.toContain(TOKEN);
      expect(await setup.invitations.find(TOKEN)).toEqual(made);
      expect(await setup.other.find(TOKEN)).toEqual(made);
      const first = await setUpLink();
      expect(first).toMatchObject({ kind: 'setup', accountId, invitedBy: null, email: null });
      expect(await setup.other.find('set-up')).toEqual(first);
    });

    it('finds nothing by any other text', async () => {
      const { id } = await create();
      for (const text of [id, TOKEN.slice(1), `${TOKEN} `, TOKEN.toUpperCase(), ...STRANGE_TEXTS]) {
        expect(await setup.invitations.find(text), text).toBeNull();
        if (text !== id) expect(await setup.invitations.use(text), text).toBe(false);
      }
      expect(await isOpen()).toBe(true);
    });

    it('is used by one of many at once, and then no longer found', async () => {
      const { id } = await create();
      const used = await Promise.all(Array.from({ length: 8 }, () => setup.invitations.use(id)));
      expect(used.filter(Boolean)).toHaveLength(1);
      expect(await setup.other.use(id)).toBe(false);
      expect(await isOpen()).toBe(false);
      expect(await setup.other.list(accountId)).toEqual([]);
    });

    it('opens again when its use came to nothing', async () => {
      const made = await create();
      await setup.invitations.use(made.id);
      await setup.other.release(made.id);
      expect(await setup.invitations.find(TOKEN)).toEqual(made);
      expect(await setup.invitations.use(made.id)).toBe(true);
      await setup.invitations.release('gone');
    });

    it('ends at its time', async () => {
      const { id } = await create({ expiresAt: NOW + DAY });
      vi.setSystemTime(NOW + DAY - 1);
      expect(await isOpen()).toBe(true);
      expect(await setup.invitations.list(accountId)).toHaveLength(1);
      vi.setSystemTime(NOW + DAY);
      expect(await isOpen()).toBe(false);
      expect(await setup.invitations.use(id)).toBe(false);
      expect(await setup.invitations.list(accountId)).toEqual([]);
      expect(await setup.invitations.revoke(accountId, id)).toBe(false);
      await setup.invitations.release(id);
      await create({ expiresAt: NOW + 9 * DAY }, 'another');
      expect(await isOpen()).toBe(false);
    });

    it('lists open ones that the account made, newest first', async () => {
      const first = await create({}, 'a');
      const used = await create({}, 'b');
      await setUpLink();
      const third = await create({ email: 'ada@example.com' }, 'c');
      const elsewhere = await setup.makeAccount();
      const theirs = await create({ invitedBy: elsewhere }, 'd');
      await setup.invitations.use(used.id);
      expect(await setup.invitations.list(accountId)).toEqual([third, first]);
      expect(await setup.other.list(elsewhere)).toEqual([theirs]);
      for (const text of STRANGE_TEXTS) {
        expect(await setup.invitations.list(text), text).toEqual([]);
      }
    });

    it('is revoked by the account that made it, once', async () => {
      const { id } = await create();
      const elsewhere = await setup.makeAccount();
      for (const account of [elsewhere, ...STRANGE_TEXTS]) {
        expect(await setup.invitations.revoke(account, id), account).toBe(false);
      }
      expect(await isOpen()).toBe(true);
      expect(await setup.other.revoke(accountId, id)).toBe(true);
      expect(await setup.invitations.revoke(accountId, id)).toBe(false);
      expect(await isOpen()).toBe(false);
      expect(await setup.invitations.use(id)).toBe(false);
      await setup.invitations.release(id);
      expect(await isOpen()).toBe(false);
    });

    it('is not revoked once it is used, nor where it is a set-up link', async () => {
      const { id } = await create();
      await setup.invitations.use(id);
      expect(await setup.invitations.revoke(accountId, id)).toBe(false);
      const link = await create({ kind: 'setup' }, 'set-up');
      expect(await setup.invitations.revoke(accountId, link.id)).toBe(false);
      expect(await isOpen('set-up')).toBe(true);
    });

    it('ends every set-up link, one in use included, and no invitation', async () => {
      const first = await setUpLink('one');
      await setUpLink('two');
      await create();
      await setup.invitations.use(first.id);
      await setup.other.endSetup();
      await setup.invitations.release(first.id);
      expect(await isOpen('one')).toBe(false);
      expect(await isOpen('two')).toBe(false);
      expect(await isOpen()).toBe(true);
      await setUpLink('three');
      expect(await isOpen('three')).toBe(true);
    });

    it('takes no token twice', async () => {
      const made = await create();
      await expect(create({ email: 'eve@example.com' })).rejects.toThrow();
      expect(await setup.invitations.find(TOKEN)).toEqual(made);
    });
  });
}
