import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretsOf, temporaryFolder } from '../harness/server.js';

const SCRIPT = fileURLToPath(new URL('../../scripts/production.mjs', import.meta.url));

let app: string;

beforeAll(async () => {
  app = await temporaryFolder();
  execFileSync(process.execPath, [SCRIPT, app], { stdio: 'pipe' });
}, 180_000);

afterAll(() => rm(app, { recursive: true, force: true }));

/** Starts it as in the container image: as process 1 of its PID namespace. */
async function start() {
  const inside = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const child = spawn(
    'unshare',
    [...inside, process.execPath, join(app, 'apps/node/dist/main.js')],
    {
      cwd: app,
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        PORT: '0',
        AURA_DATA_DIR: await temporaryFolder(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (line.startsWith('AuraImage listens')) break;
  }
  const end = async () => {
    const path = `/proc/${child.pid}/task/${child.pid}/children`;
    const first = Number((await readFile(path, 'utf8')).trim());
    const ended = once(child, 'close');
    process.kill(first, 'SIGTERM');
    const [code] = await ended;
    return code;
  };
  return { lines, log: () => log, end };
}

describe('the deployed files', () => {
  it('starts, serves an image in every size, and drains as process 1', async () => {
    const server = await start();
    const secrets = await secretsOf(server.lines.join('\n'));
    const [, signed] = secrets.match(/^https?:\/\/\S+$/gm) ?? [];
    expect(signed, server.log()).toBeDefined();
    for (const query of ['', '&w=200&fmt=avif', '&w=100&h=100&fit=face', '&blur=true']) {
      const response = await fetch(`${signed}${query}`);
      await response.arrayBuffer();
      expect(response.status, query).toBe(200);
    }
    const { origin } = new URL(String(signed));
    for (const path of ['/health', '/dashboard', '/registry/image.json', '/packages/sdk.tgz']) {
      expect((await fetch(`${origin}${path}`)).status, path).toBe(200);
    }
    expect(await server.end(), server.log()).toBe(0);
    expect(server.log()).toContain('"clean":true');
  }, 120_000);

  it('contains no development tool', () => {
    const has = (library: string) => existsSync(join(app, 'node_modules', library));
    expect(has('sharp')).toBe(true);
    expect(
      ['typescript', 'vitest', 'vite', 'next', 'react', 'playwright-core'].filter(has),
    ).toEqual([]);
  });
});
