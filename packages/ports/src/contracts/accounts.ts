import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditLog, Invitations, NewAuditEntry, NewInvitation } from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry } from './fixtures.js';

/** A database without invitations. */
export interface InvitationsSetup {
  readonly invitations: Invitations;
  /** The same records through another connection, as another process has it. */
  readonly other: Invitations;
  readonly audit: AuditLog;
  /** An account with one administrator. */
  makeAdmin(): Promise<string>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;
const DAY = 86_400_000;
const INVITATION_TOKEN = 'a-long-random-token';

/** Declares the suite of `Invitations`. Every test gets its own `setUp`. */
export function describeInvitations(name: string, setUp: () => Promise<InvitationsSetup>): void {
  describe(`${name} as Invitations`, () => {
    let setup: InvitationsSetup;
    let accountId: string;
    let entry: NewAuditEntry;
    beforeEach(async () => {
      setup = await setUp();
      accountId = await setup.makeAdmin();
      entry = newAuditEntry(accountId, 'invitation.created', { project: null });
      vi.useFakeTimers({ toFake: ['Date'], now: NOW });
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const pass = (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds);
    const create = (facts: Partial<NewInvitation> = {}, token = INVITATION_TOKEN) => {
      pass(1);
      return setup.invitations.create(
        {
          kind: 'invitation',
          accountId: null,
          invitedBy: accountId,
          email: null,
          project: null,
          expiresAt: NOW + 7 * DAY,
          ...facts,
          token,
        },
        entry,
      );
    };
    const setUpLink = (token = 'set-up') =>
      create({ kind: 'setup', accountId, invitedBy: null }, token);
    const isOpen = async (token = INVITATION_TOKEN) => {
      const found = [await setup.invitations.find(token), await setup.other.find(token)];
      expect(found[0]).toEqual(found[1]);
      return found[0] !== null;
    };

    it('commits an audit entry with each change, and none without a change', async () => {
      const entries = async () => (await setup.audit.list({ accountId, limit: 10 })).entries;
      const { id } = await create();
      await setup.invitations.create(
        {
          kind: 'setup',
          accountId,
          invitedBy: null,
          email: null,
          project: null,
          expiresAt: NOW + DAY,
          token: 's',
        },
        null,
      );
      await setup.invitations.revoke({ invitedBy: accountId }, 'none', entry);
      expect(await entries()).toMatchObject([entry]);
      await setup.invitations.revoke({ invitedBy: accountId }, id, {
        ...entry,
        action: 'invitation.revoked',
      });
      await setup.invitations.revoke({ invitedBy: accountId }, id, entry);
      const actions = (await entries()).map(({ action }) => action);
      expect(actions).toEqual(['invitation.revoked', 'invitation.created']);
    });

    it('finds an invitation by its token, in every process', async () => {
      const facts = { email: 'ada@example.com', expiresAt: NOW + DAY };
      const made = await create(facts);
      expect(made).toMatchObject({ kind: 'invitation', accountId: null, invitedBy: accountId });
      expect(made).toMatchObject({ ...facts, createdAt: NOW + 1 });
      expect(Object.values(made)).not.toContain(INVITATION_TOKEN);
      expect(await setup.invitations.find(INVITATION_TOKEN)).toEqual(made);
      expect(await setup.other.find(INVITATION_TOKEN)).toEqual(made);
      const first = await setUpLink();
      expect(first).toMatchObject({ kind: 'setup', accountId, invitedBy: null, email: null });
      expect(await setup.other.find('set-up')).toEqual(first);
    });

    it('finds nothing by any other text', async () => {
      const { id } = await create();
      for (const text of [
        id,
        INVITATION_TOKEN.slice(1),
        `${INVITATION_TOKEN} `,
        INVITATION_TOKEN.toUpperCase(),
        ...HOSTILE_TEXTS,
      ]) {
        expect(await setup.invitations.find(text), text).toBeNull();
        if (text !== id) expect(await setup.invitations.claim(text), text).toBe(false);
      }
      expect(await isOpen()).toBe(true);
    });

    it('is claimed by one of many concurrent claims, and then not found', async () => {
      const { id } = await create();
      const used = await Promise.all(Array.from({ length: 8 }, () => setup.invitations.claim(id)));
      expect(used.filter(Boolean)).toHaveLength(1);
      expect(await setup.other.claim(id)).toBe(false);
      expect(await isOpen()).toBe(false);
      expect(await setup.other.list({ invitedBy: accountId })).toEqual([]);
    });

    it('is pending again after a release', async () => {
      const made = await create();
      await setup.invitations.claim(made.id);
      await setup.other.release(made.id);
      expect(await setup.invitations.find(INVITATION_TOKEN)).toEqual(made);
      expect(await setup.invitations.claim(made.id)).toBe(true);
      await setup.invitations.release('gone');
    });

    it('expires', async () => {
      const { id } = await create({ expiresAt: NOW + DAY });
      vi.setSystemTime(NOW + DAY - 1);
      expect(await isOpen()).toBe(true);
      expect(await setup.invitations.list({ invitedBy: accountId })).toHaveLength(1);
      vi.setSystemTime(NOW + DAY);
      expect(await isOpen()).toBe(false);
      expect(await setup.invitations.claim(id)).toBe(false);
      expect(await setup.invitations.list({ invitedBy: accountId })).toEqual([]);
      expect(await setup.invitations.revoke({ invitedBy: accountId }, id, entry)).toBe(false);
      await setup.invitations.release(id);
      await create({ expiresAt: NOW + 9 * DAY }, 'another');
      expect(await isOpen()).toBe(false);
    });

    it('lists pending invitations of the account, newest first', async () => {
      const first = await create({}, 'a');
      const used = await create({}, 'b');
      await setUpLink();
      const third = await create({ email: 'ada@example.com' }, 'c');
      const elsewhere = await setup.makeAdmin();
      const theirs = await create({ invitedBy: elsewhere }, 'd');
      await setup.invitations.claim(used.id);
      expect(await setup.invitations.list({ invitedBy: accountId })).toEqual([third, first]);
      expect(await setup.other.list({ invitedBy: elsewhere })).toEqual([theirs]);
      for (const text of HOSTILE_TEXTS) {
        expect(await setup.invitations.list({ invitedBy: text }), text).toEqual([]);
      }
    });

    it('is revoked once, only by the account that created it', async () => {
      const { id } = await create();
      const elsewhere = await setup.makeAdmin();
      for (const account of [elsewhere, ...HOSTILE_TEXTS]) {
        expect(await setup.invitations.revoke({ invitedBy: account }, id, entry), account).toBe(
          false,
        );
      }
      expect(await isOpen()).toBe(true);
      expect(await setup.other.revoke({ invitedBy: accountId }, id, entry)).toBe(true);
      expect(await setup.invitations.revoke({ invitedBy: accountId }, id, entry)).toBe(false);
      expect(await isOpen()).toBe(false);
      expect(await setup.invitations.claim(id)).toBe(false);
      await setup.invitations.release(id);
      expect(await isOpen()).toBe(false);
    });

    it('is not revoked when it is claimed or a setup link', async () => {
      const { id } = await create();
      await setup.invitations.claim(id);
      expect(await setup.invitations.revoke({ invitedBy: accountId }, id, entry)).toBe(false);
      const link = await create({ kind: 'setup' }, 'set-up');
      expect(await setup.invitations.revoke({ invitedBy: accountId }, link.id, entry)).toBe(false);
      expect(await isOpen('set-up')).toBe(true);
    });

    it('is claimed or revoked, of both at once, and is not pending afterwards', async () => {
      const revoked = { ...entry, action: 'invitation.revoked' } as const;
      const { id } = await create();
      const outcomes = await Promise.all([
        setup.invitations.claim(id),
        setup.other.revoke({ invitedBy: accountId }, id, revoked),
      ]);
      expect(outcomes.filter(Boolean)).toHaveLength(1);
      await setup.invitations.release(id);
      expect(await isOpen()).toBe(false);
      const { entries } = await setup.audit.list({ accountId, limit: 10 });
      const revocations = entries.filter(({ action }) => action === 'invitation.revoked');
      expect(revocations).toHaveLength(outcomes[1] ? 1 : 0);
    });

    it('is not pending again when it was revoked after its claim', async () => {
      const { id } = await create();
      await setup.invitations.claim(id);
      const elsewhere = await setup.makeAdmin();
      await setup.other.revoke({ invitedBy: elsewhere }, id, entry);
      await setup.invitations.release(id);
      expect(await isOpen()).toBe(true);
      await setup.invitations.claim(id);
      expect(await setup.other.revoke({ invitedBy: accountId }, id, entry)).toBe(false);
      await setup.invitations.release(id);
      expect(await isOpen()).toBe(false);
    });

    it('revokes every setup link, claimed ones included, and no invitation', async () => {
      const first = await setUpLink('one');
      await setUpLink('two');
      await create();
      await setup.invitations.claim(first.id);
      await setup.other.revokeSetupLinks();
      await setup.invitations.release(first.id);
      expect(await isOpen('one')).toBe(false);
      expect(await isOpen('two')).toBe(false);
      expect(await isOpen()).toBe(true);
      await setUpLink('three');
      expect(await isOpen('three')).toBe(true);
    });

    it('rejects a duplicate token', async () => {
      const made = await create();
      await expect(create({ email: 'eve@example.com' })).rejects.toThrow();
      expect(await setup.invitations.find(INVITATION_TOKEN)).toEqual(made);
    });
  });
}
