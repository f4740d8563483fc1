import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type AuditLog,
  type CliTokens,
  InvalidCursorError,
  type Invitations,
  type People,
  type ProjectMembers,
  type ProjectRegistry,
  type ProjectSecrets,
  type SecondFactorRecords,
  type User,
} from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry, nextMillisecond } from './fixtures.js';

/** A database without users. */
export interface PeopleSetup {
  readonly people: People;
  /** The same records through another connection, as another process has it. */
  readonly other: People;
  readonly members: ProjectMembers;
  readonly registry: ProjectRegistry;
  readonly projects: ProjectSecrets;
  readonly cliTokens: CliTokens;
  readonly invitations: Invitations;
  readonly secondFactors: SecondFactorRecords;
  readonly audit: AuditLog;
  /** Creates a user with an account of their own. */
  makeUser(name: string, role: User['role']): Promise<User>;
  /** Creates a session that expires at a time in Unix milliseconds. */
  makeSession(userId: string, expiresAt: number): Promise<void>;
  countSessions(userId: string): Promise<number>;
  makeProject(accountId: string, name: string): Promise<string>;
  close(): Promise<void>;
}

const NOW = 1_900_000_000_000;
const HOUR = 3_600_000;

/** Declares the suite of `People`. Every test gets its own `setUp`. */
export function describePeople(name: string, setUp: () => Promise<PeopleSetup>): void {
  describe(`${name} as People`, () => {
    let setup: PeopleSetup;
    let people: People;
    let ann: User;
    let bob: User;
    beforeEach(async () => {
      setup = await setUp();
      ({ people } = setup);
      ann = await setup.makeUser('ann', 'admin');
      await nextMillisecond(); // the first account is the oldest
      bob = await setup.makeUser('bob', 'member');
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const entryOf = (action: 'person.role_changed' | 'person.removed' = 'person.removed') =>
      newAuditEntry(ann.accountId, action, { project: null });
    const setRole = (user: User, role: User['role'], by = people) =>
      by.setRole(user.id, role, [entryOf('person.role_changed')]);
    const remove = (user: User, successor: User | null = null) =>
      people.remove({
        userId: user.id,
        successorId: successor?.accountId ?? null,
        entry: entryOf(),
        projectEntry: (project, action) =>
          newAuditEntry(project.accountId, action, { project: project.name }),
      });
    const actions = async (accountId = ann.accountId) =>
      (await setup.audit.list({ accountId, limit: 100 })).entries.map(({ action }) => action);
    const actionsIn = async (project: string) =>
      (await setup.audit.list({ project, limit: 100 })).entries.map(({ action }) => action);
    const makeToken = (user: User, token: string, expiresAt: number | null = null) =>
      setup.cliTokens.create(
        { userId: user.id, name: token, token, expiresAt, credentialResets: 0 },
        newAuditEntry(user.accountId, 'cli_token.created', { project: null }),
      );
    const invite = (user: User, token: string, to?: { email: string; projectId?: string }) =>
      setup.invitations.create(
        {
          kind: 'invitation',
          accountId: null,
          invitedBy: user.accountId,
          email: to?.email ?? null,
          expiresAt: Date.now() + HOUR,
          project: to?.projectId ? { id: to.projectId, role: 'owner', limit: 100 } : null,
          token,
        },
        null,
      );

    const enableSecondFactor = async ({ id }: User) => {
      await setup.secondFactors.prepare(id, 'SECRET');
      expect((await people.find(id))?.hasSecondFactor).toBe(false);
      const prepared = await setup.secondFactors.find(id);
      await setup.secondFactors.enable(prepared?.id ?? '', 1, ['code']);
    };

    describe('the list', () => {
      it('has what administrators need of each, in every process', async () => {
        await setup.makeProject(bob.accountId, 'b-one');
        const shared = await setup.makeProject(ann.accountId, 'shared');
        const added = newAuditEntry(ann.accountId, 'member.added');
        await setup.members.add(shared, { accountId: bob.accountId, role: 'viewer' }, added);
        const gone = await setup.makeProject(bob.accountId, 'gone');
        const deleted = newAuditEntry(bob.accountId, 'project.deleted');
        await setup.registry.beginDeletion(gone, bob.accountId, deleted);
        const now = Date.now();
        for (const expiresAt of [now - HOUR, now + HOUR, now + 2 * HOUR]) {
          await setup.makeSession(bob.id, expiresAt);
        }
        for (const [n, expiresAt] of [now - 1, now + HOUR, null].entries()) {
          await makeToken(bob, `token ${n}`, expiresAt);
        }
        const counts = { projects: 2, sessions: 2, cliTokens: 2, hasSecondFactor: false };
        const person = { user: bob, createdAt: expect.any(Number), lastSeenAt: null, ...counts };
        await enableSecondFactor(ann);
        const { people: listed } = await setup.other.list({ limit: 10 });
        expect(listed[1]).toEqual(person);
        expect(listed[0]).toMatchObject({ user: ann, projects: 1, sessions: 0, cliTokens: 0 });
        expect(listed[0]?.hasSecondFactor).toBe(true);
        expect(Math.abs((listed[0]?.createdAt ?? 0) - now)).toBeLessThan(60_000);
        expect(await people.find(bob.id)).toEqual(person);
        for (const text of HOSTILE_TEXTS) expect(await people.find(text), text).toBeNull();
      });

      it('has when each was seen, to the hour', async () => {
        await makeToken(bob, 'token');
        vi.useFakeTimers({ toFake: ['Date'], now: NOW });
        for (const [passed, seen] of [
          [0, 0],
          [HOUR, 0],
          [HOUR + 60_000, HOUR + 60_000],
        ] as const) {
          vi.setSystemTime(NOW + passed);
          await setup.cliTokens.find('token');
          const { lastSeenAt = null } = (await people.find(bob.id)) ?? {};
          expect(lastSeenAt).toBe(Math.floor((NOW + seen) / 60_000) * 60_000);
        }
      });

      it('has pages by email, also when somebody of the page before is gone', async () => {
        for (const each of ['eve', 'dan', 'cleo']) await setup.makeUser(each, 'member');
        const namesOf = (page: { people: readonly { user: User }[] }) =>
          page.people.map(({ user }) => user.name);
        const first = await people.list({ limit: 2 });
        expect(namesOf(first)).toEqual(['ann', 'bob']);
        await remove(bob);
        const second = await setup.other.list({ limit: 2, cursor: first.cursor ?? '' });
        expect(namesOf(second)).toEqual(['cleo', 'dan']);
        const third = await people.list({ limit: 2, cursor: second.cursor ?? '' });
        expect([namesOf(third), third.cursor]).toEqual([['eve'], null]);
        for (const cursor of ['', 'ä', 'not base64url!']) {
          await expect(people.list({ limit: 2, cursor }), cursor).rejects.toThrow(
            InvalidCursorError,
          );
        }
        for (const limit of [0, 201, 1.5]) {
          await expect(people.list({ limit })).rejects.toThrow(RangeError);
        }
      });

      it('is searched by a part of the email or name', async () => {
        const find = async (search: string) =>
          (await people.list({ limit: 10, search })).people.map(({ user }) => user.name);
        expect(await find('BO')).toEqual(['bob']);
        expect(await find('@example')).toEqual(['ann', 'bob']);
        for (const text of ['_', '%', '\\', "' OR 1=1 --"]) expect(await find(text)).toEqual([]);
      });
    });

    describe('a role', () => {
      it('changes, with an audit entry, and none without a change', async () => {
        expect(await setRole(bob, 'member')).toBe('unchanged');
        expect(await setRole({ ...bob, id: 'gone' }, 'admin')).toBeNull();
        expect(await actions()).toEqual([]);
        expect(await setRole(bob, 'admin')).toBe('changed');
        expect((await setup.other.find(bob.id))?.user.role).toBe('admin');
        expect(await setRole(ann, 'member', setup.other)).toBe('changed');
        expect(await actions()).toEqual(['person.role_changed', 'person.role_changed']);
      });

      it('of the last administrator stays, whoever asks at the same moment', async () => {
        expect(await setRole(ann, 'member')).toBe('last_admin');
        expect(await remove(ann)).toBe('last_admin');
        await setRole(bob, 'admin');
        const outcomes = await Promise.all([setRole(ann, 'member'), setRole(bob, 'member')]);
        expect(outcomes.sort()).toEqual(['changed', 'last_admin']);
        const { people: left } = await people.list({ limit: 10 });
        expect(left.filter(({ user }) => user.role === 'admin')).toHaveLength(1);
      });

      it('that ends takes the invitations to the installation with it', async () => {
        await setRole(bob, 'admin');
        await invite(ann, 'of ann');
        await invite(bob, 'of bob');
        await setRole(bob, 'member');
        expect(await setup.invitations.find('of bob')).toBeNull();
        expect(await setup.invitations.find('of ann')).not.toBeNull();
      });

      it('that ends leaves no invitation to the installation that was asked at the same moment', async () => {
        await expect(invite(bob, 'early')).rejects.toMatchObject({ code: 'admin_required' });
        await setRole(bob, 'admin');
        // Of both at once, either comes first: the invitation ends with the role, or is refused.
        await Promise.allSettled([
          ...['a', 'b', 'c'].map((token) => invite(bob, token)),
          setRole(bob, 'member'),
        ]);
        expect((await people.find(bob.id))?.user.role).toBe('member');
        for (const token of ['early', 'a', 'b', 'c']) {
          expect(await setup.invitations.find(token), token).toBeNull();
        }
      });
    });

    describe('a member', () => {
      it('has no other invitation to the project, neither as a member nor later', async () => {
        const projectId = await setup.makeProject(ann.accountId, 'a-one');
        const other = await setup.makeProject(ann.accountId, 'a-two');
        const to = { ...bob, projectId };
        const entry = newAuditEntry(ann.accountId, 'member.added');
        const early = await invite(ann, 'early', to);
        await setup.invitations.claim(early.id);
        await invite(ann, 'elsewhere', { ...bob, projectId: other });
        await setup.members.add(projectId, { accountId: bob.accountId, role: 'viewer' }, entry);
        await setup.invitations.release(early.id);
        expect(await setup.invitations.find('early')).toBeNull();
        await invite(ann, 'as a member', to);
        await setup.members.remove(projectId, bob.accountId, entry);
        expect(await setup.invitations.find('as a member')).toBeNull();
        expect(await setup.invitations.find('elsewhere')).not.toBeNull();
      });
    });

    describe('a removed person', () => {
      it('has no credential any more, in any process, and nobody else loses one', async () => {
        await setup.makeSession(bob.id, Date.now() + HOUR);
        await setup.makeSession(ann.id, Date.now() + HOUR);
        await makeToken(bob, 'of bob');
        await makeToken(ann, 'of ann');
        await enableSecondFactor(bob);
        await setRole(bob, 'admin');
        const claimed = await invite(bob, 'of bob');
        await setup.invitations.claim(claimed.id);
        expect(await remove(bob)).toBe('removed');
        expect(await setup.other.find(bob.id)).toBeNull();
        expect(await setup.secondFactors.find(bob.id)).toBeNull();
        expect(await setup.cliTokens.find('of bob')).toBeNull();
        expect(await setup.cliTokens.find('of ann')).not.toBeNull();
        expect(await setup.countSessions(bob.id)).toBe(0);
        expect(await setup.countSessions(ann.id)).toBe(1);
        await setup.invitations.release(claimed.id);
        expect(await setup.invitations.find('of bob')).toBeNull();
        expect(await makeToken(bob, 'late')).toBeNull();
        expect(await remove(bob)).toBeNull();
        const changes = ['person.removed', 'person.role_changed', 'cli_token.created'];
        expect(await actions()).toEqual(changes);
      });

      it('does not come back with an invitation', async () => {
        const projectId = await setup.makeProject(ann.accountId, 'a-one');
        await invite(ann, 'to the server', bob);
        await invite(ann, 'to a project', { ...bob, projectId });
        await invite(ann, 'to eve', { email: 'eve@example.com', projectId });
        await remove(bob);
        for (const token of ['to the server', 'to a project']) {
          expect(await setup.invitations.find(token), token).toBeNull();
        }
        expect(await setup.invitations.find('to eve')).not.toBeNull();
      });

      it('is removed once, of concurrent calls', async () => {
        const outcomes = await Promise.all([remove(bob), remove(bob)]);
        expect(outcomes.filter((outcome) => outcome === 'removed')).toHaveLength(1);
      });

      it('is none while projects have no other owner', async () => {
        await setup.makeProject(bob.accountId, 'b-one');
        await setup.makeProject(bob.accountId, 'b-two');
        await makeToken(bob, 'of bob');
        expect(await remove(bob)).toEqual({ onlyOwnerOf: ['b-one', 'b-two'] });
        expect(await people.find(bob.id)).not.toBeNull();
        expect(await setup.cliTokens.find('of bob')).not.toBeNull();
        expect(await setup.members.listProjects(bob.accountId)).toHaveLength(2);
        expect(await actions()).toEqual([]);
      });

      it('leaves the projects to their other owners, and the rest to the successor', async () => {
        const eve = await setup.makeUser('eve', 'member');
        await setup.makeProject(bob.accountId, 'b-one');
        const two = await setup.makeProject(bob.accountId, 'b-two');
        const three = await setup.makeProject(eve.accountId, 'e-three');
        const added = newAuditEntry(bob.accountId, 'member.added');
        await setup.members.add(two, { accountId: eve.accountId, role: 'owner' }, added);
        await setup.members.add(three, { accountId: bob.accountId, role: 'editor' }, added);
        expect(await remove(bob, ann)).toBe('removed');
        expect(await setup.members.listProjects(bob.accountId)).toEqual([]);
        const roleOf = async (project: string, { accountId }: User) =>
          (await setup.members.find(project, accountId))?.role ?? null;
        expect(await roleOf('b-one', ann)).toBe('owner');
        expect(await roleOf('b-two', ann)).toBeNull();
        expect(await roleOf('b-two', eve)).toBe('owner');
        expect(await roleOf('e-three', ann)).toBeNull();
        expect((await setup.registry.findProject('b-two'))?.accountId).toBe(eve.accountId);
        expect(await actionsIn('b-one')).toEqual([
          'member.removed',
          'member.added',
          'project.created',
        ]);
        expect(await actionsIn('e-three')).toEqual([
          'member.removed',
          'member.added',
          'project.created',
        ]);
      });

      it('loses the keys of the account, and projects keep theirs', async () => {
        const one = await setup.makeProject(bob.accountId, 'b-one');
        const make = async (projectId: string | null, secret: string) => {
          await nextMillisecond();
          const key = { accountId: bob.accountId, projectId, name: secret, secret };
          const created = newAuditEntry(bob.accountId, 'secret_key.created');
          await setup.registry.createSecretKey(key, 10, created);
        };
        await make(null, 'of all');
        await make(one, 'of one');
        await remove(bob, ann);
        expect(await setup.registry.findSecretKey('of all')).toBeNull();
        const policy = await setup.projects.uploadPolicy('b-one');
        const names = policy?.secretKeys.map((key) => key.name);
        expect(names).toEqual(['of one']);
        const kept = await setup.registry.findSecretKey('of one');
        expect(kept).toMatchObject({ accountId: ann.accountId, projectId: one });
      });

      it('leaves the account of another administrator as the first', async () => {
        await setRole(bob, 'admin');
        expect(await setup.registry.firstAccount()).toBe(ann.accountId);
        await remove(ann);
        expect(await setup.registry.firstAccount()).toBe(bob.accountId);
      });
    });
  });
}
