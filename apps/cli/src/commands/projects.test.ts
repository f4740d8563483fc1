import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim' };

let server: FakeServer;
let sandbox: Sandbox;
let projects: { projectName: string; images: number; usedBytes: number }[];

beforeEach(async () => {
  projects = [
    { projectName: 'my-app', images: 1, usedBytes: 2048 },
    { projectName: 'photos', images: 1200, usedBytes: 3 * 1024 ** 3 },
  ];
  server = await startFakeServer({
    'GET /v1/projects': () => ({ body: { projects } }),
    'POST /v1/projects': ({ body }) => {
      const { projectName } = JSON.parse(body);
      if (projectName === 'photos') return refusal(409, 'project_name_taken');
      return { status: 201, body: { projectName, images: 0, usedBytes: 0 } };
    },
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

describe('aura projects', () => {
  it('lists the projects, and marks the one of this folder', async () => {
    for (const argv of [['projects'], ['projects', 'list']]) {
      const { exit, out, err } = await sandbox.run(argv, {
        env: { ...env, AURA_PROJECT: 'photos' },
      });
      expect(exit).toBe(0);
      expect(out).toBe('  my-app  1 image, 2.0 KB\n* photos  1200 images, 3.0 GB\n');
      expect(err).toContain('without --project');
    }
  });

  it('prints one JSON object per project', async () => {
    const { out } = await sandbox.run(['projects', 'list', '--json'], { env });
    const lines = out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(projects);
  });

  it('says how to create the first', async () => {
    projects = [];
    const { exit, out, err } = await sandbox.run(['projects'], { env });
    expect([exit, out]).toEqual([0, '']);
    expect(err).toContain('aura projects create');
  });

  it('refuses a secret key, which has no account', async () => {
    for (const argv of [['projects'], ['projects', 'create', 'new']]) {
      const { exit, err } = await sandbox.run(argv, { env: { AURA_TOKEN: 'sk_live_key' } });
      expect(exit).toBe(2);
      expect(err).toContain('aura login');
    }
    expect(server.received).toEqual([]);
  });
});

describe('aura projects create', () => {
  const create = (...argv: string[]) => sandbox.run(['projects', 'create', ...argv], { env });

  it('creates a project, and says what comes next', async () => {
    const { exit, out, err } = await create('new-one');
    expect([exit, out]).toEqual([0, 'Created the project new-one\n']);
    expect(err).toContain('aura init --project new-one');
    expect(JSON.parse((await create('new-two', '--json')).out)).toMatchObject({
      projectName: 'new-two',
    });
  });

  it('fails for a name that is taken, or that no project can have', async () => {
    const conflict = await create('photos');
    expect(conflict.exit).toBe(1);
    expect(conflict.err).toContain('project_name_taken');
    const wrong = await create('My Photos');
    expect(wrong.exit).toBe(2);
    expect(server.received).toHaveLength(1);
  });
});
