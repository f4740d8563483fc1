import { expect } from 'vitest';
import type { Person } from '../../harness/control.js';
import { newProject } from './api-cases-projects.js';
import { type Case, type Player, REACHES_HUNDRED } from './api-player.js';
import { asPerson } from './api-world.js';

interface Member {
  readonly id: string;
  readonly email: string;
  readonly role: string;
}
interface Invited {
  readonly id: string;
  readonly url: string;
}

const tokenOf = ({ url }: Invited) => new URL(url).searchParams.get('token') ?? '';

async function membersOf({ ok }: Player, project: string): Promise<readonly Member[]> {
  return (await ok<{ members: readonly Member[] }>('listMembers', { params: { project } })).members;
}

const invited = ({ ok }: Player, project: string, body: object) =>
  ok<Invited>('inviteMember', { params: { project }, body }, 201);

/** The outsider, who joins a project. */
async function newMember(player: Player, project: string, role: string): Promise<Member & Person> {
  const { server, outsider } = player.world;
  const body = { token: tokenOf(await invited(player, project, { role })) };
  await player.ok('joinProject', { headers: asPerson(server, outsider), body });
  const found = (await membersOf(player, project)).find(({ email }) => email === outsider.email);
  if (found === undefined) throw new Error('the outsider is no member');
  return { ...outsider, ...found };
}

/** Members of projects, and invitations to these. */
export const MEMBER_CASES: Readonly<Record<string, Case>> = {
  async listMembers(player) {
    const { world } = player;
    const project = await newProject(player);
    const [owner] = await membersOf(player, project);
    expect(owner).toMatchObject({ email: world.owner.email, role: 'owner' });
    const viewer = await newMember(player, project, 'viewer');
    expect((await membersOf(player, project)).map(({ email }) => email)).toEqual([
      world.owner.email,
      viewer.email,
    ]);
    const headers = asPerson(world.server, viewer);
    expect(await player.ok('listMembers', { headers, params: { project } })).toMatchObject({
      members: [{ role: 'owner' }, { role: 'viewer' }],
    });
  },

  async changeMember(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const { id, ...person } = await newMember(player, project, 'viewer');
    const change = (role: string, of = id) => ({ params: { project, id: of }, body: { role } });
    expect(await ok('changeMember', change('editor'))).toMatchObject({ id, role: 'editor' });
    const headers = asPerson(world.server, person);
    const path = { params: { project } };
    expect(await ok('getProject', { ...path, headers })).toMatchObject({ role: 'editor' });
    await refused('changeMember', 404, 'member_not_found', change('viewer', 'none-such'));
    await refused('changeMember', 400, 'field_invalid', change('admin'));
    const [owner] = await membersOf(player, project);
    await refused('changeMember', 409, 'only_owner', change('editor', owner?.id));
    await refused('changeMember', 403, 'role_forbidden', { ...change('owner'), headers });
  },

  async removeMember(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const { id, ...person } = await newMember(player, project, 'editor');
    const headers = asPerson(world.server, person);
    const sign = { headers, body: { projectName: project } };
    const { signature } = await ok<{ signature: string }>('signUpload', sign);
    await ok('removeMember', { params: { project, id } }, 204);
    await refused('getProject', 404, 'project_not_found', { headers, params: { project } });
    await refused('signUpload', 404, 'project_not_found', sign);
    const form = new FormData();
    form.set('file', new Blob([new Uint8Array(world.file)]), 'photo.jpg');
    const upload = await fetch(`${world.server.url}/v1/upload`, {
      method: 'POST',
      headers: { 'X-Aura-Signature': signature },
      body: form,
    });
    expect([upload.status, upload.headers.get('x-aura-error')]).toEqual([
      401,
      'upload_token_invalid',
    ]);
    await refused('removeMember', 404, 'member_not_found', { params: { project, id } });
    const [owner] = await membersOf(player, project);
    const last = { params: { project, id: owner?.id ?? '' } };
    await refused('removeMember', 409, 'only_owner', last);
    const page = await ok<{ entries: readonly { action: string; target: string }[] }>(
      'listProjectAudit',
      { params: { project } },
    );
    const entries = page.entries.filter(({ action }) => action.startsWith('member.'));
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ['member.removed', person.email],
      ['member.added', person.email],
    ]);
  },

  async leaveProject(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const params = { project };
    await refused('leaveProject', 409, 'only_owner', { params });
    const headers = asPerson(world.server, await newMember(player, project, 'viewer'));
    await ok('leaveProject', { headers, params }, 204);
    await refused('leaveProject', 404, 'project_not_found', { headers, params });
    expect(await membersOf(player, project)).toHaveLength(1);
  },

  async inviteMember(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const params = { project };
    const body = { role: 'editor', email: ' Ada@Example.COM ' };
    const made = await ok<Invited>('inviteMember', { params, body }, 201);
    expect(made).toMatchObject({ email: 'ada@example.com', role: 'editor' });
    expect(made.url).toMatch(/\/dashboard\/invite\?token=[\w-]{43}$/);
    const facts = await ok('checkInvitation', { headers: {}, body: { token: tokenOf(made) } });
    expect(facts).toMatchObject({
      kind: 'invitation',
      project: { projectName: project, role: 'editor' },
    });
    const wrong = { params, body: { role: 'viewer', email: 'nobody' } };
    await refused('inviteMember', 400, 'email_invalid', wrong);
    const again = { params, body: { role: 'viewer', email: world.owner.email } };
    await refused('inviteMember', 409, 'member_exists', again);
    if (!REACHES_HUNDRED) return;
    for (let count = 1; count < 99; count++) await invited(player, project, { role: 'viewer' });
    await refused('inviteMember', 409, 'member_limit', { params, body: { role: 'viewer' } });
  },

  async listProjectInvitations(player) {
    const project = await newProject(player);
    const made = await invited(player, project, { role: 'viewer', email: 'listed@example.com' });
    const reply = await player.send('listProjectInvitations', { params: { project } });
    expect(reply.body.toString()).toContain(made.id);
    expect(reply.body.toString()).not.toContain(tokenOf(made));
    expect((await player.send('listInvitations')).body.toString()).not.toContain(made.id);
  },

  async revokeProjectInvitation(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const made = await invited(player, project, { role: 'viewer' });
    const headers = asPerson(world.server, world.outsider);
    const options = { params: { project, id: made.id } };
    await ok('revokeProjectInvitation', options, 204);
    await refused('revokeProjectInvitation', 404, 'invitation_not_found', options);
    const body = { token: tokenOf(made) };
    await refused('joinProject', 404, 'invitation_invalid', { headers, body });
  },

  async joinProject(player) {
    const { ok, refused, world } = player;
    const project = await newProject(player);
    const join = async (body: object) => ({
      body: { token: tokenOf(await invited(player, project, body)) },
    });
    const headers = asPerson(world.server, world.outsider);
    const forAda = await join({ role: 'viewer', email: 'ada@example.com' });
    await refused('joinProject', 400, 'email_invalid', { ...forAda, headers });
    const forOutsider = await join({ role: 'editor', email: world.outsider.email });
    expect(await ok('joinProject', { ...forOutsider, headers })).toEqual({
      projectName: project,
      role: 'editor',
    });
    await refused('joinProject', 404, 'invitation_invalid', { ...forOutsider, headers });
    const open = await join({ role: 'owner' });
    await refused('joinProject', 409, 'member_exists', { ...open, headers });
    // It stays valid for somebody else.
    await ok('checkInvitation', { ...open, headers: {} });
    await ok('leaveProject', { headers, params: { project } }, 204);
  },
};
