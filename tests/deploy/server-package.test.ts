import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text as readText } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { secretsOf, temporaryFolder } from '../harness/server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Of what the build has made: every part is in the package. */
const PATHS = [
  ...['/health', '/openapi.json', '/dashboard', '/docs'],
  ...['/registry/image.json', '/packages/sdk.tgz', '/packages/cli.tgz'],
];

let folder: string;
let tarball: string;
/** The installed package. */
let app: string;
/** The installed command. */
let command: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  const pack = [join(ROOT, 'scripts/pack-server.mjs'), join(folder, 'packed')];
  tarball = execFileSync(process.execPath, pack, { encoding: 'utf8', stdio: 'pipe' }).trim();
  // As in the Dockerfile.
  const install = ['install', '--global', '--prefix', join(folder, 'app'), '--ignore-scripts'];
  execFileSync(
    'npm',
    [...install, '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', tarball],
    { stdio: 'pipe', env: { ...process.env, npm_config_cache: await cacheBeside(folder) } },
  );
  app = join(folder, 'app/lib/node_modules/@auraimage/server');
  command = join(folder, 'app/bin/aura-server');
}, 180_000);

afterAll(() => removeFolder(folder));

/** npm's cache with what it has already. Each package is unpacked there first: here it is in memory, as the tests are. */
async function cacheBeside(place: string): Promise<string> {
  const cache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
  const own = join(place, 'npm');
  await mkdir(join(own, '_cacache'), { recursive: true });
  for (const part of ['_cacache/content-v2', '_cacache/index-v5']) {
    await mkdir(join(cache, part), { recursive: true });
    await symlink(join(cache, part), join(own, part));
  }
  return own;
}

/** Starts it as in the container image: as process 1 of its PID namespace. */
async function start() {
  const inside = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];
  const child = spawn('unshare', [...inside, command], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PORT: '0',
      AURA_DATA_DIR: await temporaryFolder(),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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

describe('the packed server, installed', () => {
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
    for (const path of PATHS) {
      expect((await fetch(`${origin}${path}`)).status, path).toBe(200);
    }
    expect(await server.end(), server.log()).toBe(0);
    expect(server.log()).toContain('"clean":true');
  }, 120_000);

  it('says its version, and brings what an operator reads', async () => {
    const { version } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'));
    const said = execFileSync(command, ['--version'], { encoding: 'utf8' });
    expect(said).toBe(`${version}\n`);
    expect(await readFile(join(app, 'README.md'), 'utf8')).toContain('npm install --global');
    for (const file of ['LICENSE', 'CHANGELOG.md']) expect(existsSync(join(app, file))).toBe(true);
  });

  it('has libraries in the tested versions, and no development tool', async () => {
    const { packages } = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8'));
    const locked = new Set(
      Object.entries(packages as Record<string, { version: string }>).map(
        ([place, { version }]) => `${place.split('node_modules/').at(-1)}@${version}`,
      ),
    );
    const installed = await libraries(join(app, 'node_modules'));
    const names = installed.map((each) => each.replace(/@[^@]+$/, ''));
    expect(names).toEqual(expect.arrayContaining(['sharp', 'koffi', 'hono']));
    expect(
      installed.filter((each) => !each.startsWith('@auraimage/') && !locked.has(each)),
    ).toEqual([]);
    const tools = ['typescript', 'vitest', 'vite', 'next', 'react', 'playwright-core'];
    expect(names.filter((name) => tools.includes(name))).toEqual([]);
  });
});

// `npx` gets its libraries again, into a cache of its own.
describe.each(shortOrLong([], ['10.9.4', '11.19.1']))(
  'the packed server, run by npx of npm %s',
  (npm) => {
    it('starts, shows its version, and drains on SIGTERM', async () => {
      const prefix = join(folder, `npm-${npm}`);
      execFileSync('npm', ['install', '--prefix', prefix, `npm@${npm}`], { stdio: 'pipe' });
      const npx = join(prefix, 'node_modules/npm/bin/npx-cli.js');
      const packed = `./packed/${basename(tarball)}`; // an absolute path would be a program to npm
      const run = (...args: readonly string[]) =>
        spawn(process.execPath, [npx, '--yes', packed, ...args], {
          cwd: folder,
          env: {
            ...process.env,
            PORT: '0',
            HOST: '127.0.0.1',
            AURA_DATA_DIR: join(folder, `data-${npm}`),
            npm_config_cache: join(folder, 'cache'),
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
      const { version } = JSON.parse(await readFile(join(app, 'package.json'), 'utf8'));
      expect(await readText(run('--version').stdout)).toBe(`${version}\n`);
      const server = run();
      const log = readText(server.stderr);
      for await (const line of createInterface({ input: server.stdout })) {
        if (line.startsWith('AuraImage listens')) break;
      }
      server.kill('SIGTERM');
      expect(await log).toContain('"clean":true');
    }, 600_000);
  },
);

/** Name and version of every package in a folder, and in theirs. */
async function libraries(modules: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(modules).catch(() => [])) {
    if (entry.startsWith('.')) continue;
    if (entry.startsWith('@') && !modules.endsWith(entry)) {
      found.push(...(await libraries(join(modules, entry))));
      continue;
    }
    const manifest = await readFile(join(modules, entry, 'package.json'), 'utf8');
    const { name, version } = JSON.parse(manifest);
    found.push(`${name}@${version}`, ...(await libraries(join(modules, entry, 'node_modules'))));
  }
  return found;
}
