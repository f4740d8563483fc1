import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { createDesk, type Desk, newProject } from './support/cli.js';

const PROJECT = newProject('holiday');
let desk: Desk;
beforeAll(async () => {
  desk = await createDesk();
});
afterAll(() => desk.close());

/** From an empty folder to a picture in a browser: each step continues the previous one. */
describe('a new user with aura', () => {
  let keys: string[];

  it('is asked to sign in first', async () => {
    const { exit, err } = await desk.aura(['ls']);
    expect(exit).toBe(3);
    expect(err).toContain('aura login');
  });

  it('signs in by approving a code in the browser', async () => {
    const { exit, out, err } = await desk.signIn();
    expect(err).toBe('');
    expect(exit).toBe(0);
    expect(out).toContain('Signed in to');
    expect(out + err).not.toContain('aura_cli_');
    const who = await desk.aura(['whoami', '--json']);
    expect(JSON.parse(who.out)).toMatchObject({ email: desk.email });
  });

  it('sets up a project', async () => {
    const init = ['init', '--project', PROJECT, '--create', '--write', '.env.local'];
    const { exit, out, err } = await desk.aura(init);
    expect(exit, err).toBe(0);
    expect(out + err).not.toMatch(/sk_live_/);
    const path = join(desk.folder, '.env.local');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const written = await readFile(path, 'utf8');
    expect(written).toMatch(/^AURA_SECRET_KEY=sk_live_\S+$/m);
    expect(written).toMatch(/^AURA_SERVE_SECRET=psk_live_\S+$/m);
    expect(written).toContain(`\nNEXT_PUBLIC_AURA_PROJECT_NAME=${PROJECT}\n`);
    expect(written).toMatch(new RegExp(`^NEXT_PUBLIC_AURA_CDN_URL=${desk.server.url}$`, 'm'));
    expect((await desk.aura(init)).exit).toBe(0);
    expect(await readFile(path, 'utf8')).toBe(written);
  });

  it('uploads a folder as private and skips a file that is not an image', async () => {
    await desk.put('photos/beach.jpg', await drawing(640, 480).jpeg().toBuffer());
    await desk.put('photos/deep/hills.png', await drawing(320, 200).png().toBuffer());
    await desk.put('photos/broken.jpg', 'this is no JPEG');
    const { exit, out, err } = await desk.aura(['upload', './photos', '--private', '--json']);
    expect(exit).toBe(1);
    expect(err).toContain('2 uploaded, 0 already there, 1 failed');
    const outcomes = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const failed = outcomes.find(({ status }) => status === 'failed');
    expect(failed).toMatchObject({
      file: 'photos/broken.jpg',
      error: { code: 'type_not_allowed' },
    });
    keys = outcomes.filter(({ status }) => status === 'uploaded').map(({ key }) => key);
    expect(keys).toHaveLength(2);
    const again = await desk.aura(['upload', './photos', '--private']);
    expect(again.err).toContain('0 uploaded, 2 already there, 1 failed');
    const listed = await desk.aura(['ls', '--private', '--json']);
    expect(listed.out.trim().split('\n')).toHaveLength(2);
  });

  it('uploads what another command writes, under a name', async () => {
    const input = await drawing(500, 300).jpeg().toBuffer();
    const upload = ['upload', '-', '--name', 'piped/hill', '--json'];
    const { exit, out, err } = await desk.aura(upload, { input });
    expect(exit, err).toBe(0);
    const { key, displayUrl } = JSON.parse(out);
    expect(key).toBe('piped/hill');
    expect((await fetch(displayUrl)).headers.get('content-type')).toBe('image/jpeg');
    const again = await desk.aura(upload, { input });
    expect(JSON.parse(again.out)).toMatchObject({ status: 'skipped', key });
    // A pipe whose other end does not read to the end is no error of its own.
    const text = await desk.aura(['upload', '-'], { input: Buffer.from('x'.repeat(1_000_000)) });
    expect([text.exit, text.err]).toEqual([1, expect.stringContaining('(type_not_allowed)')]);
    expect((await desk.aura(['rm', key, '--yes'])).exit).toBe(0);
  });

  it('signs a URL that works in any size, for everyone who has it', async () => {
    const [key = ''] = keys;
    const { out } = await desk.aura(['sign', key, '--expires', '10m', '--width', '100']);
    const link = out.trim();
    expect((await fetch(link)).headers.get('content-type')).toMatch(/^image\//);
    expect((await fetch(link)).status).toBe(200);
    expect((await fetch(link.split('?')[0] ?? '')).status).toBe(403);
    const written = await readFile(join(desk.folder, '.env.local'), 'utf8');
    const env = Object.fromEntries(
      written
        .trim()
        .split('\n')
        .map((line) => line.split('=', 2)),
    );
    const here = await desk.aura(['sign', key], {
      env: { ...env, AURA_API_URL: 'http://[::1]:1' },
    });
    expect((await fetch(here.out.trim())).status).toBe(200);
  });

  it('makes an image public, and private again', async () => {
    const [key = ''] = keys;
    const address = `${desk.server.url}/${PROJECT}/${key}`;
    expect((await desk.aura(['visibility', key, 'public'])).exit).toBe(0);
    expect((await fetch(address)).status).toBe(200);
    expect((await desk.aura(['visibility', address, 'private'])).exit).toBe(0);
    expect((await fetch(address)).status).toBe(403);
  });

  it('revokes the links of one image, and signs new ones', async () => {
    const [key = '', other = ''] = keys;
    const { out: before } = await desk.aura(['sign', key, other]);
    const [first = '', second = ''] = before.split('\n');
    expect((await desk.aura(['revoke-links', key])).exit).toBe(0);
    expect((await fetch(first)).status).toBe(403);
    expect((await fetch(second)).status).toBe(200);
    const { out: after } = await desk.aura(['sign', key]);
    expect((await fetch(after.trim())).status).toBe(200);
  });

  it('deletes permanently', async () => {
    const [key = ''] = keys;
    expect((await desk.aura(['rm', key])).exit).toBe(2);
    const gone = 'zzzzzzzzzz-gone.jpg';
    const { exit, out, err } = await desk.aura(['rm', gone, `${PROJECT}/${key}`, '--yes']);
    expect(exit).toBe(1);
    expect(err).toContain('image_not_found');
    expect(out).toBe(`Deleted ${PROJECT}/${key}\n`);
    expect((await fetch(`${desk.server.url}/${PROJECT}/${key}`)).status).toBe(404);
  });

  it('works in CI with the secret key alone', async () => {
    const written = await readFile(join(desk.folder, '.env.local'), 'utf8');
    const AURA_TOKEN = /^AURA_SECRET_KEY=(\S+)$/m.exec(written)?.[1] ?? '';
    const env = { AURA_TOKEN, HOME: '/nonexistent', AURA_PROJECT: PROJECT };
    const { exit, err } = await desk.aura(['upload', 'photos/beach.jpg'], { env });
    expect(exit, err).toBe(0);
    expect((await desk.aura(['ls', '--project', 'my-app'], { env })).exit).toBe(1);
    const who = await desk.aura(['whoami', '--json'], { env });
    expect(JSON.parse(who.out)).toMatchObject({ credential: 'secret_key', project: PROJECT });
    expect((await desk.aura(['whoami', '--project', 'my-app'], { env })).exit).toBe(1);
    const alone = { AURA_TOKEN, HOME: '/nonexistent' };
    expect((await desk.aura(['whoami'], { env: alone })).out).toContain('A valid secret key');
    const revoked = { ...env, AURA_TOKEN: `${AURA_TOKEN.slice(0, -4)}AAAA` };
    expect((await desk.aura(['whoami'], { env: revoked })).exit).toBe(3);
    const unnamed = { ...revoked, AURA_PROJECT: '' };
    expect((await desk.aura(['whoami'], { env: unnamed })).exit).toBe(3);
  });

  it('signs out and revokes the token on the server', async () => {
    const credentials = JSON.parse(await readFile(join(desk.home, '.aura', 'credentials'), 'utf8'));
    const { token } = credentials[desk.server.url];
    const me = () =>
      fetch(`${desk.server.url}/v1/auth/me`, { headers: { Authorization: `Bearer ${token}` } });
    expect((await me()).status).toBe(200);
    expect((await desk.aura(['logout'])).exit).toBe(0);
    expect((await me()).status).toBe(401);
    expect((await desk.aura(['whoami'])).exit).toBe(3);
  });
});
