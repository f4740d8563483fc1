import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const A = 'aaaaaaaaaa-a.jpg';
const B = 'bbbbbbbbbb-b.jpg';
const GONE = 'cccccccccc-c.jpg';
const env = { AURA_TOKEN: 'aura_cli_kim' };

let server: FakeServer;
let sandbox: Sandbox;
let projects: string[];

beforeEach(async () => {
  projects = ['my-app'];
  const image = (key: string) => ({
    key,
    visibility: 'private',
    size: 2048,
    width: 30,
    height: 20,
    uploadedAt: '2026-11-25T10:20:30.000Z',
  });
  server = await startFakeServer({
    'GET /v1/auth/me': () => ({ body: { email: 'kim@example.com', role: 'admin' } }),
    'GET /v1/projects': () => ({
      body: { projects: projects.map((projectName) => ({ id: projectName, projectName })) },
    }),
    'GET /v1/projects/my-app/images': ({ path }) => {
      const second = path.includes('cursor=next');
      return {
        body: { images: [image(second ? B : A)], folders: [], cursor: second ? null : 'next' },
      };
    },
    'GET /v1/projects/my-app/presets': () => ({ body: { presets: [{ name: 'card' }] } }),
    [`DELETE /v1/images/my-app/${A}`]: () => ({ status: 204 }),
    [`DELETE /v1/images/other/${B}`]: () => ({ status: 204 }),
    [`DELETE /v1/images/my-app/${GONE}`]: () => refusal(404, 'image_not_found'),
    [`PATCH /v1/images/my-app/${A}`]: ({ body }) => ({ body: JSON.parse(body) }),
    [`POST /v1/images/my-app/${A}/revoke-links`]: () => ({
      body: { linksRevokedAt: '2026-11-25T10:20:30.000Z', requiresIat: true },
    }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(argv, { env });

describe('the project', () => {
  it('is the only one of the account', async () => {
    expect((await aura('visibility', A, 'public')).exit).toBe(0);
  });

  it('must be named if there are several and no terminal', async () => {
    projects.push('other');
    const { exit, err } = await aura('visibility', A, 'public');
    expect(exit).toBe(2);
    expect(err).toContain('--project NAME');
    expect(err).toContain('AURA_PROJECT');
    expect((await aura('visibility', A, 'public', '--project', 'my-app')).exit).toBe(0);
    expect((await aura('visibility', `my-app/${A}`, 'public')).exit).toBe(0);
    expect((await aura('visibility', `${server.url}/my-app/${A}?token=x`, 'public')).exit).toBe(0);
  });

  it('is not guessed if flag and key differ', async () => {
    const { exit } = await aura('rm', `other/${B}`, '--project', 'my-app', '--yes');
    expect(exit).toBe(2);
    expect(server.received).toHaveLength(0);
  });
});

describe('aura rm', () => {
  it('requires --yes without a terminal', async () => {
    const { exit, err } = await aura('rm', A);
    expect(exit).toBe(2);
    expect(err).toContain('--yes');
    expect(server.received).toHaveLength(0);
  });

  it('asks at a terminal, with "no" as the default', async () => {
    const at = (answer: string) =>
      sandbox.run(['rm', `my-app/${A}`], { env, terminal: true, keys: [['for good?', answer]] });
    expect(await at('\r')).toMatchObject({ exit: 0, out: '' });
    expect(server.received).toHaveLength(0);
    expect((await at('y')).out).toContain(`Deleted my-app/${A}`);
  });

  it('continues after a missing image, and ends with code 1', async () => {
    const { exit, out, err } = await aura('rm', GONE, A, `other/${B}`, '--yes');
    expect(exit).toBe(1);
    expect(out).toBe(`Deleted my-app/${A}\nDeleted other/${B}\n`);
    expect(err).toContain(`my-app/${GONE}: Refused: image_not_found (image_not_found)`);
  });

  it('deletes the image of a URL through a preset, and takes no other folder for one', async () => {
    const at = (folder: string) => `${server.url}/my-app/${folder}/${A}`;
    expect((await aura('rm', at('card'), '--yes')).out).toBe(`Deleted my-app/${A}\n`);
    const folder = await aura('rm', at('cards'), '--yes');
    expect([folder.exit, folder.out]).toEqual([1, '']);
  });
});

describe('folders', () => {
  const pages = new Map<string, object>();
  let folders: FakeServer;
  let box: Sandbox;
  beforeEach(async () => {
    const image = {
      visibility: 'public',
      size: 1,
      width: 1,
      height: 1,
      uploadedAt: '2026-11-25T10:20:30.000Z',
    };
    pages.set('limit=100&prefix=users/42/&delimiter=/', {
      images: [{ ...image, key: 'users/42/avatar', filename: 'Me.jpg' }],
      folders: ['users/42/trips/'],
      cursor: null,
    });
    pages.set('prefix=users/42/&limit=1000', {
      images: [{ ...image, key: 'users/42/avatar' }],
      folders: [],
      cursor: 'next',
    });
    pages.set('prefix=users/42/&limit=1000&cursor=next', {
      images: [{ ...image, key: 'users/42/trips/a' }],
      folders: [],
      cursor: null,
    });
    folders = await startFakeServer({
      'GET /v1/projects/my-app/images': ({ path }) => {
        const query = decodeURIComponent(path.split('?')[1] ?? '');
        return { body: pages.get(query) ?? { images: [], folders: [], cursor: null, query } };
      },
      'DELETE /v1/images/my-app/users/42/avatar': () => ({ status: 204 }),
      'DELETE /v1/images/my-app/users/42/trips/a': () => ({ status: 204 }),
      'PATCH /v1/images/my-app/users/42/avatar': ({ body }) => ({
        body: { visibility: 'public', key: JSON.parse(body).name, url: 'http://x', metadata: {} },
      }),
    });
    box = await createSandbox(folders.url);
  });
  afterEach(async () => {
    await folders.close();
    await box.remove();
  });
  const run = (...argv: string[]) => box.run([...argv, '--project', 'my-app'], { env });

  it('are listed, with what is in them', async () => {
    const { exit, out } = await run('ls', 'users/42');
    expect(exit).toBe(0);
    expect(out).toMatch(/^ +users\/42\/trips\/\n2026.* {2}users\/42\/avatar {2}\(Me\.jpg\)\n$/);
    expect((await run('ls', 'users/42/', '--private')).exit).toBe(2);
    expect((await run('ls', '../x')).exit).toBe(2);
  });

  it('are deleted with -r, after a question that counts their images', async () => {
    const asked = await box.run(['rm', '-r', 'users/42', '--project', 'my-app'], {
      env,
      terminal: true,
      keys: [['all 2 images', 'n']],
    });
    expect(asked).toMatchObject({ exit: 0, out: '' });
    const { out } = await run('rm', '-r', 'users/42/', '--yes');
    expect(out).toBe('Deleted my-app/users/42/avatar\nDeleted my-app/users/42/trips/a\n');
    expect((await run('rm', '-r', 'none/', '--yes')).err).toContain('no image to delete');
    expect((await run('rm', '-r', '', '--yes')).exit).toBe(2);
  });

  it('take renamed images', async () => {
    const { out } = await run('mv', 'users/42/avatar', 'users/43/avatar.jpg');
    expect(out).toBe('my-app/users/42/avatar is now my-app/users/43/avatar\n');
    expect((await run('mv', 'users/42/avatar', '../x')).exit).toBe(2);
  });
});

describe('other commands', () => {
  it('lists page by page', async () => {
    const { out } = await aura('ls', '--private', '--search', 'Photo', '--limit', '0');
    expect(out).toContain(`2026-11-25 10:20  private      2.0 KB  30×20        ${A}\n`);
    expect(out).toContain(B);
    const [first] = server.received.filter(({ path }) => path.includes('/images'));
    expect(first?.path).toContain('q=Photo&visibility=private');
    const { out: json } = await aura('ls', '--json', '--limit', '1');
    expect(JSON.parse(json)).toMatchObject({ key: A, visibility: 'private' });
  });

  it('revokes links', async () => {
    const { out } = await aura('revoke-links', A, '--json');
    expect(JSON.parse(out)).toEqual({
      project: 'my-app',
      key: A,
      status: 'revoked',
      linksRevokedAt: '2026-11-25T10:20:30.000Z',
      requiresIat: true,
    });
    const { err } = await aura('revoke-links', A);
    expect(err).toContain('New links need the claim iat');
  });

  it('sets a focal point, or the middle', async () => {
    const { out, err } = await aura('focus', A, '0.3,.66667');
    expect(JSON.parse(server.received.at(-1)?.body ?? '')).toEqual({
      focus: { x: 0.3, y: 0.6667 },
    });
    expect(out).toBe(`Crops of my-app/${A} are around 0.3,0.6667\n`);
    expect(err).toContain('add v=');
    const none = await aura('focus', A, 'none', '--json');
    expect(JSON.parse(none.out)).toMatchObject({ project: 'my-app', key: A, focus: null });
  });

  it('shows who is signed in', async () => {
    const { out } = await aura('whoami');
    expect(out).toBe(`kim@example.com (admin) on ${server.url}, through AURA_TOKEN\n`);
  });

  it.each([
    [null, ''],
    [8, ''],
    [6.5, 'ends in 6 days'],
    [0.1, 'ends in 2 hours'],
  ])('warns in the last week of a sign-in: %j days', async (days, warning) => {
    await server.close();
    const tokenExpiresAt =
      days === null ? null : new Date(Date.now() + days * 86_400_000).toISOString();
    const body = { email: 'kim@example.com', role: 'admin', tokenExpiresAt };
    server = await startFakeServer({ 'GET /v1/auth/me': () => ({ body }) });
    const env = { AURA_TOKEN: 'aura_cli_old', AURA_API_URL: server.url };
    const { exit, out, err } = await sandbox.run(['whoami'], { env });
    expect([exit, out]).toEqual([
      0,
      `kim@example.com (admin) on ${server.url}, through AURA_TOKEN\n`,
    ]);
    expect(err).toContain(warning);
    expect(err.includes('secret key')).toBe(warning !== '');
  });

  it('says that a token has expired, and what to do', async () => {
    await server.close();
    const expired = () => refusal(401, 'cli_token_expired');
    server = await startFakeServer({ 'GET /v1/auth/me': expired });
    const env = { AURA_TOKEN: 'aura_cli_old', AURA_API_URL: server.url };
    const { exit, err } = await sandbox.run(['whoami'], { env });
    expect(exit).toBe(3);
    expect(err).toContain(`The CLI token for ${server.url} has expired`);
    expect(err).toContain('It is in AURA_TOKEN. For CI, set a secret key');
  });

  it('shows the project of a secret key', async () => {
    const secret = { AURA_TOKEN: 'sk_live_ci' };
    const named = ['whoami', '--project', 'my-app'];
    const { exit, out, err } = await sandbox.run(named, { env: secret });
    expect(exit, err).toBe(0);
    expect(out).toBe(`A secret key of my-app on ${server.url}, through AURA_TOKEN\n`);
    const json = await sandbox.run([...named, '--json'], { env: secret });
    expect(JSON.parse(json.out)).toEqual({
      credential: 'secret_key',
      project: 'my-app',
      apiUrl: server.url,
    });
  });

  it.each([
    [refusal(403, 'project_forbidden'), 0, 'A valid secret key on'],
    [refusal(401, 'secret_key_invalid'), 3, ''],
    [refusal(404, 'route_not_found'), 1, ''],
  ])('checks whether a secret key is valid without its project', async (...row) => {
    const [answer, expected, text] = row;
    await server.close();
    server = await startFakeServer({ 'GET /v1/projects/any-project/images': () => answer });
    const secret = { AURA_TOKEN: 'sk_live_ci', AURA_API_URL: server.url };
    const { exit, out } = await sandbox.run(['whoami'], { env: secret });
    expect(exit).toBe(expected);
    expect(out).toContain(text);
  });

  it('requires the project of a secret key, which cannot list projects', async () => {
    for (const argv of [['ls'], ['doctor']]) {
      const { exit, err } = await sandbox.run(argv, { env: { AURA_TOKEN: 'sk_live_ci' } });
      expect(exit).toBe(2);
      expect(err).toContain('--project NAME');
    }
    expect(server.received).toHaveLength(0);
  });

  it('does not ask the server to sign with a secret key', async () => {
    const { exit, err } = await sandbox.run(['sign', `my-app/${A}`], {
      env: { AURA_TOKEN: 'sk_live_ci' },
    });
    expect(exit).toBe(2);
    expect(err).toContain('AURA_SERVE_SECRET');
  });

  it('prints the address of the dashboard, and opens it at a terminal', async () => {
    const opened: string[] = [];
    const openBrowser = async (url: string) => opened.push(url) > 0;
    const { out } = await sandbox.run(['open'], { openBrowser });
    expect(out).toBe(`${server.url}/dashboard\n`);
    expect(opened).toEqual([]);
    await sandbox.run(['open'], { openBrowser, terminal: true });
    expect(opened).toEqual([`${server.url}/dashboard`]);
  });
});

describe('exit codes', () => {
  it.each([
    [[], 2],
    [['--help'], 0],
    [['--version'], 0],
    [['nope'], 2],
    [['rm'], 2],
    [['visibility', A, 'secret'], 2],
    [['visibility', 'not a key', 'public'], 2],
    [['ls', '--public', '--private'], 2],
    ...['0.5', '0.5,1.5', '-0.1,0', '0.5,0.5,0.5', 'left'].map((point): [string[], number] => [
      ['focus', A, point],
      2,
    ]),
    [['ls', '--limit', '-1'], 2],
  ])('%j ends with %d', async (argv, expected) => {
    expect((await aura(...argv)).exit).toBe(expected);
  });

  it.each(['whoami', 'ls', 'init', `rm ${A} --yes`, `sign ${A}`, 'upload .', 'doctor'])(
    'says how to sign in: %s',
    async (line) => {
      const { exit, err } = await sandbox.run(line.split(' '));
      expect(exit).toBe(3);
      expect(err).toContain('aura login');
      expect(err).toContain('AURA_TOKEN');
      expect(server.received).toHaveLength(0);
    },
  );

  it('names an invalid setting, and still shows help', async () => {
    const wrong = { AURA_API_URL: 'images.example' };
    expect(await sandbox.run(['ls'], { env: wrong })).toMatchObject({
      exit: 2,
      err: expect.stringContaining('AURA_API_URL'),
    });
    expect((await sandbox.run(['--help'], { env: wrong })).exit).toBe(0);
  });

  it('uses colours only at a terminal, and not with NO_COLOR', async () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
    const colour = /\u001b\[3/;
    const run = (terminal: boolean, more: Record<string, string>) =>
      sandbox.run(['rm', GONE, 'no key'], { terminal, env: { ...env, ...more } });
    expect((await run(true, {})).err).toMatch(colour);
    expect((await run(true, { NO_COLOR: '1' })).err).not.toMatch(colour);
    expect((await run(false, {})).err).not.toMatch(colour);
  });
});
