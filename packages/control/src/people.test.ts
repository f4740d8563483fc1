import type { Person, Removal } from '@auraimage/ports';
import { describe, expect, it } from 'vitest';
import { createTestApp, NOW } from './testing/control-app.js';

const person = (name: string, role: 'admin' | 'member'): Person => ({
  user: {
    id: name,
    accountId: `account of ${name}`,
    email: `${name}@example.com`,
    name,
    role,
  },
  createdAt: NOW,
  lastSeenAt: null,
  projects: 2,
  sessions: 1,
  cliTokens: 0,
  hasSecondFactor: false,
});

/** The administrator ann and the member bob, as in the test app. */
function start() {
  const app = createTestApp();
  const removals: Removal[] = [];
  const roles: unknown[] = [];
  const outcome = { remove: 'removed' as Awaited<ReturnType<typeof app.people.remove>> };
  const everybody = [person('ann', 'admin'), person('bob', 'member')];
  Object.assign(app.people, {
    list: async (query: object) => {
      roles.push(query);
      return { people: everybody, cursor: 'next' };
    },
    find: async (id: string) => everybody.find(({ user }) => user.id === id) ?? null,
    setRole: async (...given: unknown[]) => {
      roles.push(given);
      return given[0] === 'ann' ? 'last_admin' : 'changed';
    },
    remove: async (removal: Removal) => {
      removals.push(removal);
      return outcome.remove;
    },
  });
  return { ...app, removals, roles, outcome };
}

describe('people', () => {
  it('are listed for administrators, page by page', async () => {
    const { call, roles } = start();
    const { status, json } = await call('ann', 'GET', '/v1/people?limit=2&cursor=x&q=an');
    expect(status).toBe(200);
    expect(json.people[1]).toEqual({
      id: 'bob',
      email: 'bob@example.com',
      name: 'bob',
      role: 'member',
      createdAt: '2030-03-17T17:46:40.000Z',
      lastSeenAt: null,
      projects: 2,
      sessions: 1,
      cliTokens: 0,
      hasSecondFactor: false,
      current: false,
    });
    expect([json.people[0].current, json.cursor]).toEqual([true, 'next']);
    expect(roles).toEqual([{ limit: 2, cursor: 'x', search: 'an' }]);
  });

  it.each([
    ['GET', '/v1/people', undefined],
    ['PATCH', '/v1/people/bob', { role: 'admin' }],
    ['POST', '/v1/people/bob/reset-password', undefined],
    ['DELETE', '/v1/people/ann', undefined],
  ])('are no matter for members: %s %s', async (method, path, body) => {
    const { call, removals, roles } = start();
    expect((await call('bob', method, path, body)).code).toBe('admin_required');
    expect((await call('nobody', method, path, body)).code).toBe('sign_in_required');
    expect((await call('sk_live_x', method, path, body)).code).toBe('credential_invalid');
    expect([removals, roles]).toEqual([[], []]);
  });

  it('get a role, which is in the log of both accounts', async () => {
    const { call, roles } = start();
    const { status } = await call('ann', 'PATCH', '/v1/people/bob', { role: 'admin' });
    expect(status).toBe(200);
    const entry = {
      action: 'person.role_changed',
      actor: { kind: 'session', name: 'ann@example.com' },
      target: 'bob@example.com',
      details: { from: 'member', to: 'admin' },
    };
    expect(roles).toMatchObject([
      [
        'bob',
        'admin',
        [
          { ...entry, accountId: 'account of ann' },
          { ...entry, accountId: 'account of bob' },
        ],
      ],
    ]);
    const last = await call('ann', 'PATCH', '/v1/people/ann', { role: 'member' });
    expect([last.status, last.code]).toEqual([409, 'last_admin']);
    const unknown = await call('ann', 'PATCH', '/v1/people/eve', { role: 'member' });
    expect([unknown.status, unknown.code]).toEqual([404, 'person_not_found']);
  });

  it('are removed, and the administrator takes projects over on request only', async () => {
    const { call, removals, outcome } = start();
    expect((await call('ann', 'DELETE', '/v1/people/bob')).status).toBe(204);
    await call('ann', 'DELETE', '/v1/people/bob', { takeOver: true });
    await call('ann', 'DELETE', '/v1/people/ann', { takeOver: true });
    const successors = removals.map(({ successorId }) => successorId);
    // Nobody can be their own successor.
    expect(successors).toEqual([null, 'account of ann', null]);
    const project = { accountId: 'account of eve', name: 'my-app' };
    expect(removals[1]?.projectEntry(project, 'member.added')).toMatchObject({
      accountId: 'account of eve',
      project: 'my-app',
      target: 'ann@example.com',
      details: { reason: 'person_removed' },
    });
    expect(removals[1]?.projectEntry(project, 'member.removed').target).toBe('bob@example.com');
    outcome.remove = { onlyOwnerOf: ['one', 'two'] };
    const owner = await call('ann', 'DELETE', '/v1/people/bob');
    expect([owner.status, owner.code]).toEqual([409, 'only_owner_of_projects']);
    expect(owner.json.message).toContain('the only owner of one, two: take');
    outcome.remove = { onlyOwnerOf: Array.from({ length: 12 }, (_, n) => `app-${n}`) };
    expect((await call('ann', 'DELETE', '/v1/people/bob')).json.message).toContain(
      'app-9 and 2 more',
    );
  });

  it('who remove themselves are signed out', async () => {
    const { call } = start();
    const { status, headers } = await call('ann', 'DELETE', '/v1/people/ann');
    expect(status).toBe(204);
    expect(headers.get('set-cookie')).toMatch(/aura_session=;.*Max-Age=0/);
    expect((await call('ann', 'DELETE', '/v1/people/bob')).headers.get('set-cookie')).toBeNull();
  });
});
