import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { openBrowser, signUp } from '../harness/control.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, type TestServer, temporaryFolder } from '../harness/server.js';
import { runCommand } from './support/upload-command.js';

let dataDir: string;
let server: TestServer | undefined;

beforeEach(async () => {
  dataDir = await temporaryFolder();
});
afterEach(async () => {
  await server?.kill();
  await removeFolder(dataDir);
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const credentials = server?.credentials;
  await server?.kill();
  server = await startTestServer({ dataDir, env, ...(credentials && { credentials }) });
  return server;
}

const check = (at: TestServer, link: string) =>
  openBrowser(at).send('POST', '/v1/auth/invitations/check', {
    token: new URL(link).searchParams.get('token'),
  });

describe('the set-up link', () => {
  it('is shown by every start until it was used; the previous link expires', async () => {
    const { setupUrl: first } = await start();
    const again = await start();
    const second = again.setupUrl;
    expect(new Set([first, second, '']).size).toBe(3);
    expect(second).toMatch(/^http:\/\/localhost:\d+\/dashboard\/setup\?token=[\w-]{43}$/);
    expect((await check(again, first)).status).toBe(404);
    expect(await (await check(again, second)).json()).toMatchObject({ kind: 'setup', email: null });

    const owner = await signUp(again);
    expect(await owner.json('GET', '/v1/auth/me')).toMatchObject({ role: 'admin' });
    const { projects } = await owner.json<{ projects: { projectName: string }[] }>(
      'GET',
      '/v1/projects',
    );
    expect(projects.map(({ projectName }) => projectName)).toEqual(['my-app']);
    await expect(signUp(again, 'second@example.com')).rejects.toMatchObject({ status: 404 });

    const third = await start();
    expect(third.setupUrl).toBe('');
    expect(third.output()).not.toMatch(/token=|\.txt/);
    // With the account, the files of earlier starts have done their work.
    expect(await readdir(dataDir)).not.toContain('setup-link.txt');
    expect(await readdir(dataDir)).not.toContain('first-start.txt');
    expect((await check(third, second)).status).toBe(404);
  });

  it('is in no log and on no output that is no terminal, but in a file for the own user', async () => {
    const { log, output, setupUrl } = await start({
      AURA_LOG_LEVEL: differs('levels') ? 'info' : 'trace',
    });
    await signUp(server as TestServer);
    const token = new URL(setupUrl).searchParams.get('token') ?? '';
    expect(log() + output()).not.toContain(token);
    const path = join(dataDir, 'setup-link.txt');
    expect(output()).toContain(path);
    expect(await readFile(path, 'utf8')).toBe(`# Make your account: ${setupUrl}\n\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('AURA_PROJECT_QUOTA', () => {
  it('is the storage limit of every new project, however it is created', async () => {
    const AURA_PROJECT_QUOTA = '3mb';
    const seeded = [
      ['seeded', 3],
      ['larger', 5],
    ];
    const at = await start({ AURA_PROJECT_QUOTA });
    const owner = await signUp(at);
    const named = await owner.json('GET', '/v1/project-names/by-hand');
    expect(named).toMatchObject({ available: true, quotaBytes: 3 * 2 ** 20 });
    await owner.json('POST', '/v1/projects', { projectName: 'by-hand' });
    const env = { AURA_DATA_DIR: dataDir, AURA_PROJECT_QUOTA };
    if (!differs('commands')) {
      await runCommand(['seed', '--project', 'seeded'], env);
      await runCommand(['seed', '--project', 'larger', '--quota', '5mb'], env);
    }
    const { projects } = await owner.json<{
      projects: { projectName: string; quotaBytes: number }[];
    }>('GET', '/v1/projects');
    const megabytes = projects.map((each) => [each.projectName, each.quotaBytes / 2 ** 20]);
    expect(megabytes).toEqual([
      ['my-app', 3],
      ['by-hand', 3],
      ...(differs('commands') ? [] : seeded),
    ]);
  });
});

if (!differs('commands'))
  describe('aura-server seed', () => {
    it('creates projects for the first account, even if only others have projects', async () => {
      const at = await start();
      const owner = await signUp(at);
      const { url } = await owner.json<{ url: string }>('POST', '/v1/auth/invitations', {});
      const member = await signUp(at, 'member@example.com', url);
      await member.json('POST', '/v1/projects', { projectName: 'members-own' });
      await owner.json('DELETE', '/v1/projects/my-app', { confirm: 'my-app' });

      const seeded = await runCommand(['seed', '--project', 'seeded'], { AURA_DATA_DIR: dataDir });
      expect(seeded.code).toBe(0);
      const namesOf = async (person: typeof owner) => {
        const { projects } = await person.json<{ projects: { projectName: string }[] }>(
          'GET',
          '/v1/projects',
        );
        return projects.map(({ projectName }) => projectName);
      };
      expect(await namesOf(owner)).toEqual(['seeded']);
      expect(await namesOf(member)).toEqual(['members-own']);
    });
  });
