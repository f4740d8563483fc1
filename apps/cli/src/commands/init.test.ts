import { execFileSync } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, type Routes, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const SIGNED_IN = { AURA_TOKEN: 'aura_cli_kim' };

let server: FakeServer;
let sandbox: Sandbox;
let projects: string[];
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});
beforeEach(() => start());

/** A server with projects. A secret key `sk_live_<project>…` belongs to that project. */
async function start(more: Routes = {}): Promise<void> {
  projects = ['my-app', 'other'];
  let keys = 0;
  const imagesOf = (project: string) => ({
    [`GET /v1/projects/${project}/images`]: ({ headers }: { headers: object }) =>
      String(Object(headers).authorization).startsWith(`Bearer sk_live_${project}`)
        ? { body: { images: [], folders: [], cursor: null } }
        : refusal(401, 'secret_key_invalid'),
    [`GET /v1/projects/${project}/serve-secret`]: () => ({
      body: { secret: `psk_live_${project}`, previous: null },
    }),
    [`POST /v1/projects/${project}/secret-keys`]: () => {
      keys++;
      return { status: 201, body: { id: `k${keys}`, secret: `sk_live_${project}-${keys}` } };
    },
    [`DELETE /v1/projects/${project}/secret-keys/k1`]: () => ({ status: 204 }),
  });
  server = await startFakeServer({
    'GET /v1/projects': () => ({
      body: { projects: projects.map((projectName) => ({ id: projectName, projectName })) },
    }),
    'POST /v1/projects': ({ body }) => {
      const { projectName } = JSON.parse(body);
      if (projectName === 'taken') return refusal(409, 'project_name_taken');
      projects.push(projectName);
      return { status: 201, body: { id: 'p', projectName } };
    },
    ...imagesOf('my-app'),
    ...imagesOf('brand-new'),
    ...more,
  });
  sandbox = await createSandbox(server.url);
}

async function restart(more: Routes): Promise<void> {
  await server.close();
  await sandbox.remove();
  await start(more);
}

function init(...argv: string[]) {
  return sandbox.run(['init', ...argv], { env: SIGNED_IN });
}

function made(): number {
  return server.received.filter(({ method, path }) => `${method} ${path}`.match(/POST .*-keys/))
    .length;
}

describe('aura init', () => {
  it('prints only the settings of the project on standard output', async () => {
    const { exit, out } = await init('--project', 'my-app');
    expect(exit).toBe(0);
    expect(out.split('\n')).toEqual([
      'AURA_SECRET_KEY=sk_live_my-app-1',
      'AURA_SERVE_SECRET=psk_live_my-app',
      'NEXT_PUBLIC_AURA_PROJECT_NAME=my-app',
      `NEXT_PUBLIC_AURA_CDN_URL=${server.url}`,
      '',
    ]);
    const named = server.received.find(({ path }) => path.endsWith('/secret-keys'));
    expect(JSON.parse(named?.body ?? '')).toEqual({ name: 'aura init on desk' });
  });

  it('names the flag if there is no terminal', async () => {
    const { exit, err } = await init();
    expect(exit).toBe(2);
    expect(err).toContain('--project NAME');
    expect(err).toContain('--create');
    expect(made()).toBe(0);
  });

  it('creates a project only with --create', async () => {
    const refused = await init('--project', 'brand-new');
    expect(refused.exit).toBe(1);
    expect(refused.err).toContain('Add --create');
    const { exit, out } = await init('--project', 'brand-new', '--create');
    expect(exit).toBe(0);
    expect(out).toContain('AURA_SECRET_KEY=sk_live_brand-new-1');
    expect(projects).toContain('brand-new');
    const again = await init('--project', 'taken', '--create');
    expect(again.exit).toBe(1);
    expect(again.err).toContain('project_name_taken');
  });

  it('rejects an invalid name before any request', async () => {
    const { exit } = await init('--project', '../x');
    expect(exit).toBe(2);
    expect(server.received).toHaveLength(0);
  });

  it('remembers the project for commands in this folder', async () => {
    await init('--project', 'my-app');
    const { exit } = await sandbox.run(['ls'], { env: { AURA_TOKEN: 'sk_live_my-app' } });
    expect(exit).toBe(0);
  });
});

describe('aura init at a terminal', () => {
  const at = (...keys: [string, string][]) =>
    sandbox.run(['init'], { env: SIGNED_IN, terminal: true, keys });

  it('asks which project', async () => {
    const { exit, out } = await at(['Which project?', '\r']);
    expect(exit).toBe(0);
    expect(out).toContain('NEXT_PUBLIC_AURA_PROJECT_NAME=my-app');
  });

  it('creates a new one, and asks again until its name is available', async () => {
    const { exit, out, err } = await at(
      ['Which project?', '\u001b[A\r'],
      ['Name of the new project', 'taken\r'],
      ['Name of the new project', 'brand-new\r'],
    );
    expect(exit, err).toBe(0);
    expect(err).toContain('Refused: project_name_taken');
    expect(out).toContain('NEXT_PUBLIC_AURA_PROJECT_NAME=brand-new');
  });

  it('ends on Ctrl-C and creates nothing', async () => {
    const { exit } = await at(['Which project?', '\u0003']);
    expect(exit).toBe(130);
    expect(made()).toBe(0);
  });
});

describe('aura init --write', () => {
  const path = () => join(sandbox.cwd, '.env.local');

  it('writes a file that only its owner can read, and shows no secret', async () => {
    const { exit, out, err } = await init('--project', 'my-app', '--write', '.env.local');
    expect(exit).toBe(0);
    expect(out + err).not.toMatch(/sk_live_/);
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect(await readFile(path(), 'utf8')).toContain('AURA_SERVE_SECRET=psk_live_my-app\n');
  });

  it('keeps a valid secret key of the file', async () => {
    await writeFile(path(), 'A=1\n');
    await init('--project', 'my-app', '--write', '.env.local');
    const first = await readFile(path(), 'utf8');
    await init('--project', 'my-app', '--write', '.env.local');
    expect(await readFile(path(), 'utf8')).toBe(first);
    expect(made()).toBe(1);
    await writeFile(path(), first.replace('sk_live_my-app-1', 'sk_live_revoked'));
    await init('--project', 'my-app', '--write', '.env.local');
    expect(await readFile(path(), 'utf8')).toContain('A=1\nAURA_SECRET_KEY=sk_live_my-app-2\n');
  });

  it('does not send the secret key of another deployment to this one', async () => {
    const other = 'AURA_SECRET_KEY=sk_live_elsewhere\nNEXT_PUBLIC_AURA_CDN_URL=https://x.example\n';
    await writeFile(path(), other);
    await init('--project', 'my-app', '--write', '.env.local');
    expect(JSON.stringify(server.received)).not.toContain('sk_live_elsewhere');
    expect(await readFile(path(), 'utf8')).toContain('AURA_SECRET_KEY=sk_live_my-app-1');
  });

  it('rejects a file that git tracks, before it creates a key', async () => {
    execFileSync('git', ['init', '--quiet'], { cwd: sandbox.cwd });
    await writeFile(path(), 'A=1\n');
    execFileSync('git', ['add', '.env.local'], { cwd: sandbox.cwd });
    const { exit, err } = await init('--project', 'my-app', '--write', '.env.local');
    expect(exit).toBe(1);
    expect(err).toContain('tracked by git');
    expect(await readFile(path(), 'utf8')).toBe('A=1\n');
    expect(made()).toBe(0);
  });

  it('warns about a file that git does not ignore', async () => {
    execFileSync('git', ['init', '--quiet'], { cwd: sandbox.cwd });
    const loose = await init('--project', 'my-app', '--write', '.env.local');
    expect(loose.exit).toBe(0);
    expect(loose.err).toContain('not ignored by git');
    await writeFile(join(sandbox.cwd, '.gitignore'), '.env*\n');
    const ignored = await init('--project', 'my-app', '--write', '.env.local');
    expect(ignored.err).not.toContain('not ignored');
  });

  it('revokes a key that it could not write to the file', async () => {
    await writeFile(path(), 'AURA_SECRET_KEY="over\nlines"\n');
    const { exit, err } = await init('--project', 'my-app', '--write', '.env.local');
    expect(exit).toBe(1);
    expect(err).toContain('cannot change safely');
    expect(server.received.at(-1)).toMatchObject({ method: 'DELETE' });
    expect(server.received.at(-1)?.path).toMatch(/secret-keys\/k1$/);
  });

  it('reports that a key is still active if it could neither write nor revoke it', async () => {
    await restart({
      'DELETE /v1/projects/my-app/secret-keys/k1': () => refusal(403, 'project_forbidden'),
    });
    await writeFile(path(), 'AURA_SECRET_KEY="over\nlines"\n');
    const { exit, err } = await init('--project', 'my-app', '--write', '.env.local');
    expect(exit).toBe(1);
    expect(err).toContain('"aura init on desk"');
    expect(err).toContain('could not be revoked');
    expect(err).toContain('still active');
    expect(err).toContain('aura open');
    expect(err).not.toContain('sk_live_');
  });

  it('reports that a key may be active if its creation got no response', async () => {
    const cut = new AbortController();
    await restart({
      'POST /v1/projects/my-app/secret-keys': () => {
        cut.abort();
        return { status: 201, body: { id: 'k1', secret: 'sk_live_my-app-1' } };
      },
    });
    const argv = ['init', '--project', 'my-app', '--write', '.env.local'];
    const { exit, err } = await sandbox.run(argv, { env: SIGNED_IN, signal: cut.signal });
    expect(exit).toBe(130);
    expect(err).toContain('may have created the secret key "aura init on desk"');
    await expect(stat(path())).rejects.toThrow('ENOENT');
  });

  it('says what to do when the project has its maximum of keys', async () => {
    const full = () => refusal(409, 'secret_key_limit');
    await restart({ 'POST /v1/projects/my-app/secret-keys': full });
    const { exit, err } = await init('--project', 'my-app');
    expect(exit).toBe(1);
    expect(err).toContain('aura open');
  });
});
