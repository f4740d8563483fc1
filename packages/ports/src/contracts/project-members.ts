import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  AuditLog,
  InvitationScope,
  Invitations,
  NewAuditEntry,
  Project,
  ProjectMember,
  ProjectMembers,
  ProjectRegistry,
  ProjectRole,
} from '../index.js';
import { HOSTILE_TEXTS, newAuditEntry, nextMillisecond } from './fixtures.js';

/** A database without accounts and projects. */
export interface ProjectMembersSetup {
  readonly members: ProjectMembers;
  /** The same records through another connection, as another process has it. */
  readonly other: ProjectMembers;
  readonly registry: ProjectRegistry;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
  /** An account with one administrator. */
  makeAdmin(): Promise<string>;
  /** Creates an empty project. */
  makeProject(accountId: string, name: string): Promise<void>;
  close(): Promise<void>;
}

const HOUR = 3_600_000;

/** Declares the suite of `ProjectMembers`. Every test gets its own `setUp`. */
export function describeProjectMembers(
  name: string,
  setUp: () => Promise<ProjectMembersSetup>,
): void {
  describe(`${name} as ProjectMembers`, () => {
    let setup: ProjectMembersSetup;
    let ada: string;
    let bob: string;
    let eve: string;
    let project: Project;
    beforeEach(async () => {
      setup = await setUp();
      const { registry } = setup;
      ada = await setup.makeAdmin();
      bob = await registry.createAccount();
      eve = await registry.createAccount();
      await setup.makeProject(ada, 'my-app');
      project = (await registry.findProject('my-app')) as Project;
    });
    afterEach(async () => {
      vi.useRealTimers();
      await setup.close();
    });

    const entry = (action: NewAuditEntry['action'] = 'member.added') => newAuditEntry(ada, action);
    const add = async (accountId: string, role: ProjectRole, id = project.id) => {
      await nextMillisecond();
      return setup.members.add(id, { accountId, role }, entry());
    };
    const change = (accountId: string, role: ProjectRole, id = project.id) =>
      setup.members.changeRole(id, { accountId, role }, entry('member.role_changed'));
    const remove = (accountId: string, id = project.id) =>
      setup.members.remove(id, accountId, entry('member.removed'));
    const roleOf = async (accountId: string, name = 'my-app') => {
      const found = [setup.members, setup.other].map((members) => members.find(name, accountId));
      const [one, two] = await Promise.all(found);
      expect(one).toEqual(two);
      return one?.role ?? null;
    };
    const roles = async (id = project.id) =>
      (await setup.other.list(id)).map(({ accountId, role }) => [accountId, role]);
    const inviteNow = (
      token: string,
      { invitedBy = ada, id = project.id as string | null, limit = 100 } = {},
    ) => {
      const expiresAt = Date.now() + 24 * HOUR;
      const facts = { kind: 'invitation', accountId: null, email: null, expiresAt } as const;
      const invited = {
        ...facts,
        invitedBy,
        project: id === null ? null : ({ id, role: 'owner', limit } as const),
      };
      const created = newAuditEntry(ada, 'invitation.created');
      return setup.invitations.create({ ...invited, token }, created);
    };
    const invite = async (token: string, invitedBy = ada, id: string | null = project.id) => {
      await nextMillisecond();
      return inviteNow(token, { invitedBy, id });
    };
    const actions = async () => {
      const { entries } = await setup.audit.list({ project: 'my-app', limit: 50 });
      return entries.map(({ action }) => action).filter((action) => action.startsWith('member.'));
    };

    it('have the creator as their owner', async () => {
      expect(await setup.other.find('my-app', ada)).toEqual({ project, role: 'owner' });
      const [creator] = (await setup.members.list(project.id)) as [ProjectMember];
      expect(creator).toEqual({ accountId: ada, role: 'owner', addedAt: project.createdAt });
      expect(await roleOf(bob)).toBeNull();
    });

    it('are found by project and account, and by nothing else', async () => {
      await add(bob, 'viewer');
      await setup.makeProject(eve, 'other-app');
      expect(await roleOf(bob)).toBe('viewer');
      expect(await roleOf(eve)).toBeNull();
      expect(await roleOf(bob, 'other-app')).toBeNull();
      for (const text of [project.id, ...HOSTILE_TEXTS]) {
        expect(await roleOf(bob, text), text).toBeNull();
        expect(await roleOf(text), text).toBeNull();
        if (text !== project.id) expect(await setup.members.list(text), text).toEqual([]);
        expect(await setup.members.listProjects(text), text).toEqual([]);
      }
    });

    it('are listed in the order in which they came, and by account in the order of projects', async () => {
      await add(eve, 'editor');
      await add(bob, 'viewer');
      expect(await roles()).toEqual([
        [ada, 'owner'],
        [eve, 'editor'],
        [bob, 'viewer'],
      ]);
      await nextMillisecond();
      await setup.makeProject(bob, 'aardvark');
      const listed = await setup.other.listProjects(bob);
      expect(listed.map((each) => [each.project.name, each.role])).toEqual([
        ['my-app', 'viewer'],
        ['aardvark', 'owner'],
      ]);
      expect(listed[0]?.project).toEqual(project);
      expect(await setup.other.listProjects(ada)).toEqual([{ project, role: 'owner' }]);
    });

    it('are added once, with an audit entry', async () => {
      expect(await add(bob, 'viewer')).toBe('added');
      expect(await add(bob, 'owner')).toBe('is_member');
      expect(await add(eve, 'viewer', 'gone')).toBe('project_missing');
      expect(await roleOf(bob)).toBe('viewer');
      expect(await actions()).toEqual(['member.added']);
      await expect(add('gone', 'viewer')).rejects.toThrow();
    });

    it('get another role, in every process at once', async () => {
      await add(bob, 'viewer');
      for (const role of ['editor', 'owner', 'viewer'] as const) {
        expect(await change(bob, role)).toBe('changed');
        expect(await roleOf(bob)).toBe(role);
      }
      expect(await change(bob, 'viewer')).toBe('unchanged');
      for (const text of [eve, ...HOSTILE_TEXTS]) {
        expect(await change(text, 'owner'), text).toBe('not_member');
        expect(await change(bob, 'owner', text), text).toBe('not_member');
      }
      expect(await actions()).toEqual([...Array(3).fill('member.role_changed'), 'member.added']);
    });

    it('are removed, in every process at once', async () => {
      await add(bob, 'editor');
      for (const text of [eve, ...HOSTILE_TEXTS]) {
        expect(await remove(text), text).toBe('not_member');
        expect(await remove(bob, text), text).toBe('not_member');
      }
      expect(await remove(bob)).toBe('removed');
      expect(await roleOf(bob)).toBeNull();
      expect(await setup.other.listProjects(bob)).toEqual([]);
      expect(await remove(bob)).toBe('not_member');
      expect(await actions()).toEqual(['member.removed', 'member.added']);
    });

    it('always have an owner', async () => {
      await add(bob, 'editor');
      expect(await remove(ada)).toBe('only_owner');
      expect(await change(ada, 'editor')).toBe('only_owner');
      expect(await roleOf(ada)).toBe('owner');
      await change(bob, 'owner');
      // Of two owners who leave at once, one stays.
      const left = await Promise.all([
        setup.members.remove(project.id, ada, entry('member.removed')),
        setup.members.changeRole(project.id, { accountId: bob, role: 'viewer' }, entry()),
      ]);
      expect(left.filter((outcome) => outcome === 'only_owner')).toHaveLength(1);
      const owners = (await setup.members.list(project.id)).filter(({ role }) => role === 'owner');
      expect(owners).toHaveLength(1);
    });

    it('leave the project to the owner who came first, with its keys and without those of the account', async () => {
      const { registry } = setup;
      const key = async (projectId: string | null, secret: string) => {
        const facts = { accountId: ada, projectId, name: secret, secret };
        const name = projectId && 'my-app';
        const created = newAuditEntry(ada, 'secret_key.created', { project: name });
        await registry.createSecretKey(facts, 10, created);
      };
      await key(project.id, 'own');
      await key(null, 'wide');
      await add(eve, 'editor');
      await add(bob, 'owner');
      await change(eve, 'owner');
      expect((await registry.listSecretKeys(project.id)).map(({ name }) => name).sort()).toEqual([
        'own',
        'wide',
      ]);
      await remove(ada);
      const accountId = eve;
      expect(await registry.findProject('my-app')).toEqual({ ...project, accountId });
      expect(await registry.findSecretKey('own')).toMatchObject({ accountId });
      expect(await registry.findSecretKey('wide')).toMatchObject({ accountId: ada });
      expect(await registry.listSecretKeys(project.id)).toMatchObject([{ name: 'own' }]);
      const { entries } = await setup.audit.list({ accountId: ada, limit: 50 });
      expect(entries.filter((each) => each.project === 'my-app')).toEqual([]);
    });

    it('leave no way back in when they are no owners any more', async () => {
      await add(bob, 'owner');
      await invite('by ada', ada);
      await invite('by bob', bob);
      const claimed = await invite('claimed', bob);
      await setup.invitations.claim(claimed.id);
      await change(bob, 'editor');
      await setup.invitations.release(claimed.id);
      for (const token of ['by bob', 'claimed']) {
        expect(await setup.invitations.find(token), token).toBeNull();
      }
      expect(await setup.invitations.find('by ada')).not.toBeNull();
    });

    it('leave no upload tokens behind when they may no longer upload', async () => {
      const internal = () => setup.registry.internalSecretKey(project.id);
      const first = await internal();
      await add(bob, 'viewer');
      await add(eve, 'owner');
      await change(eve, 'editor');
      await remove(bob);
      expect(await internal()).toBe(first);
      await change(eve, 'viewer');
      const second = await internal();
      expect(second).not.toBe(first);
      await change(eve, 'editor');
      await remove(eve);
      expect(await internal()).not.toBe(second);
    });

    it('end with their project', async () => {
      const { registry } = setup;
      await add(bob, 'viewer');
      const deletion = await registry.beginDeletion(project.id, ada, entry('project.deleted'));
      expect(await roleOf(ada)).toBeNull();
      expect(await setup.members.list(project.id)).toEqual([]);
      expect(await setup.members.listProjects(bob)).toEqual([]);
      expect(await add(eve, 'viewer')).toBe('project_missing');
      expect(await remove(bob)).toBe('not_member');
      await registry.finishDeletion(deletion?.id ?? '');
      await setup.makeProject(eve, 'my-app');
      expect(await roleOf(ada)).toBeNull();
      expect(await roleOf(eve)).toBe('owner');
    });

    describe('by invitation', () => {
      it('are asked by links that belong to the project, whoever created them', async () => {
        await setup.makeProject(ada, 'other-app');
        const elsewhere = (await setup.registry.findProject('other-app'))?.id ?? '';
        await add(bob, 'owner');
        const first = await invite('a');
        const second = await invite('b', bob);
        const plain = await invite('c', ada, null);
        const { id } = project;
        const invitedTo = { id, accountId: ada, name: 'my-app', role: 'owner' };
        expect(first.project).toEqual(invitedTo);
        expect(await setup.invitations.find('a')).toEqual(first);
        expect(await setup.invitations.list({ projectId: id })).toEqual([second, first]);
        expect(await setup.invitations.list({ projectId: elsewhere })).toEqual([]);
        expect(await setup.invitations.list({ invitedBy: ada })).toEqual([plain]);
        for (const text of HOSTILE_TEXTS) {
          expect(await setup.invitations.list({ projectId: text }), text).toEqual([]);
        }
        const revoke = (scope: InvitationScope, invitation = first.id) =>
          setup.invitations.revoke(scope, invitation, newAuditEntry(ada, 'invitation.revoked'));
        expect(await revoke({ invitedBy: ada })).toBe(false);
        expect(await revoke({ projectId: elsewhere })).toBe(false);
        expect(await revoke({ projectId: id }, plain.id)).toBe(false);
        expect(await revoke({ projectId: id })).toBe(true);
        expect(await revoke({ projectId: id })).toBe(false);
        expect(await setup.invitations.find('a')).toBeNull();
        expect(await setup.invitations.find('b')).toEqual(second);
        const { entries } = await setup.audit.list({ project: 'my-app', limit: 50 });
        const ofLinks = entries.map(({ action }) => action).filter((one) => /^inv/.test(one));
        const created = 'invitation.created';
        expect(ofLinks).toEqual(['invitation.revoked', created, created]);
        const missing = { code: 'project_not_found' };
        await expect(invite('d', ada, 'gone')).rejects.toMatchObject(missing);
        await expect(invite('d', eve)).rejects.toMatchObject(missing);
      });

      it('are asked by owners only, at the moment of the commit', async () => {
        await add(bob, 'editor');
        await expect(invite('x', bob)).rejects.toMatchObject({ code: 'role_forbidden' });
        await change(bob, 'owner');
        // Of both at once, either comes first: the invitation ends with the owner, or is refused.
        await Promise.allSettled([
          ...['a', 'b', 'c'].map((token) => invite(token, bob)),
          setup.members.remove(project.id, bob, entry('member.removed')),
        ]);
        expect(await setup.invitations.list({ projectId: project.id })).toEqual([]);
        expect(await roleOf(bob)).toBeNull();
      });

      it('are at most as many as a project may have, of those asked at once, too', async () => {
        await add(bob, 'viewer');
        const ask = (token: string) => inviteNow(token, { limit: 4 });
        const full = { code: 'member_limit' };
        const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd', 'e', 'f'].map(ask));
        const refused = outcomes.filter(({ status }) => status === 'rejected');
        expect(refused).toMatchObject(Array(4).fill({ reason: full }));
        const [one, two] = await setup.invitations.list({ projectId: project.id });
        // One that is being accepted counts until the person has joined, and not twice.
        await setup.invitations.claim(one?.id ?? '');
        await expect(ask('g')).rejects.toMatchObject(full);
        const joining = { accountId: eve, role: 'owner', invitationId: one?.id ?? '' } as const;
        expect(await setup.members.add(project.id, joining, entry())).toBe('added');
        await expect(ask('g')).rejects.toMatchObject(full);
        await remove(eve);
        await ask('g');
        await expect(ask('h')).rejects.toMatchObject(full);
        // An acceptance that was cut does not take a place for long.
        await setup.invitations.claim(two?.id ?? '');
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR });
        await ask('h');
        await expect(ask('i')).rejects.toMatchObject(full);
      });

      it('are not asked any more when the project is deleted', async () => {
        const { registry, invitations } = setup;
        const { id } = project;
        await invite('a');
        const deletion = await registry.beginDeletion(id, ada, entry('project.deleted'));
        expect(await invitations.find('a')).toBeNull();
        expect(await invitations.list({ projectId: id })).toEqual([]);
        await registry.finishDeletion(deletion?.id ?? '');
        expect(await invitations.find('a')).toBeNull();
      });
    });
  });
}
