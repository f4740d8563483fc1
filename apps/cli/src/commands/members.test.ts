import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim' };
const MEMBERS = [
  { id: 'a1', email: 'kim@example.com', name: 'Kim', role: 'owner' },
  { id: 'a2', email: 'ann.lee@example.com', name: 'Ann', role: 'viewer' },
].map((each) => ({ ...each, addedAt: '2026-11-25T10:20:30.000Z' }));

let server: FakeServer;
let sandbox: Sandbox;

beforeEach(async () => {
  server = await startFakeServer({
    'GET /v1/projects': () => ({ body: { projects: [{ id: 'p', projectName: 'my-app' }] } }),
    'GET /v1/projects/my-app/members': () => ({ body: { members: MEMBERS } }),
    'PATCH /v1/projects/my-app/members/a2': ({ body }) => ({
      body: { ...MEMBERS[1], ...JSON.parse(body) },
    }),
    'DELETE /v1/projects/my-app/members/a2': () => ({ status: 204 }),
    'DELETE /v1/projects/my-app/members/me': () => ({ status: 204 }),
    'POST /v1/projects/my-app/invitations': ({ body }) => ({
      status: 201,
      body: { id: 'i', email: null, ...JSON.parse(body), url: 'https://app.example/invite' },
    }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(argv, { env });
const sent = (method: string) =>
  server.received.filter((each) => each.method === method).map(({ path, body }) => [path, body]);

it('lists members with their roles', async () => {
  const { out } = await aura('members');
  expect(out).toBe('kim@example.com      owner\nann.lee@example.com  viewer\n');
  const lines = (await aura('members', 'list', '--json')).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(MEMBERS);
});

it('invites with a link', async () => {
  const { out, err } = await aura('members', 'invite', 'editor');
  expect(out).toBe('https://app.example/invite\n');
  expect(err).toContain('one person joins my-app as editor within 7 days');
  await aura('members', 'invite', 'viewer', '--email', 'bob@example.com');
  expect(sent('POST').map(([, body]) => body)).toEqual([
    '{"role":"editor"}',
    '{"role":"viewer","email":"bob@example.com"}',
  ]);
  expect((await aura('members', 'invite', 'admin')).err).toContain('Use owner, editor or viewer.');
});

it('changes the role of a member', async () => {
  const { out } = await aura('members', 'role', 'Ann.Lee@example.com', 'owner');
  expect(out).toBe('ann.lee@example.com is owner of my-app\n');
  expect(sent('PATCH')).toEqual([['/v1/projects/my-app/members/a2', '{"role":"owner"}']]);
  const { err } = await aura('members', 'role', 'eve@example.com', 'owner');
  expect(err).toContain('eve@example.com is no member of my-app');
});

it('removes a member, after a question', async () => {
  const remove = ['members', 'remove', 'ann.lee@example.com'];
  const ask = (answer: string) =>
    sandbox.run(remove, { env, terminal: true, keys: [['from my-app?', answer]] });
  expect((await ask('n')).err).toContain('Nothing was changed');
  expect(sent('DELETE')).toEqual([]);
  expect((await ask('y')).out).toContain('has no access to my-app any more');
  expect((await aura(...remove)).err).toContain('Not a terminal: pass --yes');
  expect((await aura(...remove, '--json')).err).toContain('--json does not ask: pass --yes');
  expect((await aura('members', 'leave', '--yes')).out).toBe('You have left my-app\n');
  expect(sent('DELETE').map(([path]) => path)).toEqual([
    '/v1/projects/my-app/members/a2',
    '/v1/projects/my-app/members/me',
  ]);
});

it('is not for secret keys', async () => {
  const { err } = await sandbox.run(['members'], { env: { AURA_TOKEN: 'sk_live_x' } });
  expect(err).toContain('A secret key cannot manage members');
});
