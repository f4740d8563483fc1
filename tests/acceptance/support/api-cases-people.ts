import { expect } from 'vitest';
import { deviceToken, openBrowser, type Person } from '../../harness/control.js';
import { printedPeople } from '../../harness/server.js';
import type { Case, Player } from './api-player.js';
import { asBearer, asPerson, invite } from './api-world.js';

interface Listed {
  readonly id: string;
  readonly email: string;
  readonly role: string;
}

/** A person with a session and a CLI token, as the list shows them. */
async function newcomer({ ok, world }: Player, name: string) {
  const person = await invite(world.server, world.owner, `${name}@example.com`);
  const token = await deviceToken(world.server, person);
  const query = `?q=${name}@`;
  const { people } = await ok<{ people: Listed[] }>('listPeople', { query });
  const [{ id } = { id: '' }] = people;
  const headers = asPerson(world.server, person);
  return { ...person, id, params: { id }, token, headers };
}

async function idOfOwner({ ok, world }: Player): Promise<string> {
  const { people } = await ok<{ people: Listed[] }>('listPeople');
  return people.find(({ email }) => email === world.owner.email)?.id ?? '';
}

/** Neither the session nor the token of a person works any more. */
async function expectSignedOut(
  { refused }: Player,
  { headers, token }: { readonly headers: ReturnType<typeof asPerson>; readonly token: string },
): Promise<void> {
  for (const credential of [headers, asBearer(token)]) {
    await refused('getMe', 401, 'credential_invalid', { headers: credential });
  }
}

const createProject = ({ json }: Person, projectName: string) =>
  json('POST', '/v1/projects', { projectName });

/** The people of the installation. */
export const PEOPLE_CASES: Readonly<Record<string, Case>> = {
  async listPeople(player) {
    const { ok, refused, world } = player;
    const { id, email } = await newcomer(player, 'listed-one');
    const { people } = await ok<{ people: Listed[] }>('listPeople', { query: '?q=LISTED-' });
    expect(people).toEqual([
      expect.objectContaining({
        id,
        email,
        role: 'member',
        sessions: 1,
        cliTokens: 1,
        projects: 0,
      }),
    ]);
    expect(people[0]).toMatchObject({ lastSeenAt: expect.stringMatching(/Z$/), current: false });
    const printed = await printedPeople(world.server);
    expect(printed).toMatch(
      /^listed-one@example\.com\tmember\tlast seen \d{4}-\d\d-\d\d\t0 projects$/m,
    );
    const first = await ok<{ cursor: string }>('listPeople', { query: '?limit=1' });
    const query = `?limit=1&cursor=${first.cursor}`;
    const second = await ok<{ people: Listed[] }>('listPeople', { query });
    expect(second.people).toHaveLength(1);
    await refused('listPeople', 400, 'page_malformed', { query: '?cursor=%20' });
    const headers = asPerson(world.server, world.outsider);
    await refused('listPeople', 403, 'admin_required', { headers });
  },

  async changePerson(player) {
    const { ok, refused } = player;
    const { params, headers, token } = await newcomer(player, 'promoted');
    const become = (role: string) => ({ params, body: { role } });
    await refused('changePerson', 403, 'admin_required', { ...become('admin'), headers });
    expect(await ok('changePerson', become('admin'))).toMatchObject({ role: 'admin' });
    await ok('listPeople', { headers: asBearer(token) });
    expect(await ok('changePerson', become('member'))).toMatchObject({ role: 'member' });
    await refused('listPeople', 403, 'admin_required', { headers: asBearer(token) });
    const own = { params: { id: await idOfOwner(player) }, body: { role: 'member' } };
    await refused('changePerson', 409, 'last_admin', own);
    await ok('listPeople');
    const nobody = { params: { id: 'none-such' }, body: { role: 'member' } };
    await refused('changePerson', 404, 'person_not_found', nobody);
  },

  async resetPassword(player) {
    const { ok, refused, world } = player;
    const person = await newcomer(player, 'forgets');
    const { params, headers, email, password } = person;
    await refused('resetPassword', 403, 'admin_required', { params, headers });
    const { url } = await ok<{ url: string }>('resetPassword', { params });
    expect(url.startsWith(`${world.server.appUrl}/dashboard/reset-password?token=`)).toBe(true);
    await expectSignedOut(player, person);
    await refused('signIn', 401, 'sign_in_failed', { headers: {}, body: { email, password } });
    const token = new URL(url).searchParams.get('token') ?? '';
    const body = { token, password: 'another long password' };
    await ok('acceptPasswordReset', { headers: {}, body });
    await refused('resetPassword', 404, 'person_not_found', { params: { id: 'none-such' } });
  },

  async removePerson(player) {
    const { ok, refused, send, world } = player;
    const person = await newcomer(player, 'leaves');
    const { params, headers, email, password } = person;
    await refused('removePerson', 403, 'admin_required', { params, headers });
    await createProject(person, 'leaves-a-project');
    // Approved, but not polled for.
    const device = openBrowser(world.server);
    const codes = await device.json<Record<string, string>>('POST', '/v1/auth/device/code', {
      name: 'late',
    });
    await ok('approveDevice', { headers, body: { userCode: codes['user_code'] } }, 204);
    await refused('removePerson', 409, 'only_owner_of_projects', { params });
    await ok('getMe', { headers });
    await ok('removePerson', { params, body: { takeOver: true } }, 204);
    await expectSignedOut(player, person);
    await refused('signIn', 401, 'sign_in_failed', { headers: {}, body: { email, password } });
    const poll = { headers: {}, body: { device_code: codes['device_code'] } };
    expect((await send('pollDevice', poll)).headers['x-aura-error']).toBe('expired_token');
    const project = { project: 'leaves-a-project' };
    await ok('getProject', { params: project });
    const log = await ok<{ entries: { action: string }[] }>('listProjectAudit', {
      params: project,
    });
    expect(log.entries.map(({ action }) => action)).toEqual([
      'member.removed',
      'member.added',
      'project.created',
    ]);
    await refused('removePerson', 404, 'person_not_found', { params });
    const own = { params: { id: await idOfOwner(player) } };
    await refused('removePerson', 409, 'last_admin', own);
    // The email is free again, and gives none of the old access.
    const again = await invite(world.server, world.owner, email);
    const hers = asPerson(world.server, again);
    await refused('getProject', 404, 'project_not_found', { params: project, headers: hers });
  },
};
