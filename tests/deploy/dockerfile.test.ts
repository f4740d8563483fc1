import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, copyFile, cp, mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandOf } from '../harness/daemon.js';
import { shortOrLong } from '../harness/long.js';
import { otherNodes } from '../harness/nodes.js';
import { freePort } from '../harness/ports.js';
import { removeFolder } from '../harness/remove.js';
import { secretsOf, temporaryFolder } from '../harness/server.js';
import { sharedServer } from '../harness/shared-server.js';
import { commandOfStage, ROOT, readIgnored, readStages, type Stage } from './support/dockerfile.js';

const [buildStage, finalStage] = readStages() as [Stage, Stage];
const healthCheck = commandOfStage(finalStage, 'HEALTHCHECK');

describe('the Dockerfile', () => {
  it('copies everything that the build reads', async () => {
    const { SOURCES } = (await import(pathToFileURL(join(ROOT, 'scripts/build.mjs')).href)) as {
      SOURCES: readonly string[];
    };
    expect(buildStage.instructions).toContainEqual({ keyword: 'COPY', text: '. .' });
    const isIgnored = readIgnored();
    const read = [...SOURCES, 'package.json', 'package-lock.json', '.npmrc', 'tsconfig.base.json'];
    expect(read.filter(isIgnored)).toEqual([]);
    const secret = [
      '.env',
      'apps/x/.env.local',
      'tls/cdn.key',
      'a/b.pem',
      'node_modules/x',
      '.git',
    ];
    expect(secret.filter((path) => !isIgnored(path))).toEqual([]);
  });

  it('runs existing scripts, and starts the command of the package', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const { bin } = JSON.parse(await readFile(join(ROOT, 'apps/node/package.json'), 'utf8'));
    const commands = buildStage.instructions.map(({ text }) => text).join('\n');
    for (const [, name] of commands.matchAll(/npm run ([\w:]+)/g)) {
      expect(Object.keys(scripts)).toContain(name);
    }
    expect(commandOfStage(finalStage, 'ENTRYPOINT')).toEqual(Object.keys(bin));
  });

  it('knows by its health check whether a server answers', async () => {
    const { port } = new URL((await sharedServer()).url);
    const exitCode = (port: string | number) => {
      const [, ...args] = healthCheck;
      return spawnSync(process.execPath, args, { env: { PORT: String(port) } }).status;
    };
    expect(healthCheck[0]).toBe('node');
    expect(exitCode(port)).toBe(0);
    expect(exitCode(await freePort())).toBe(1);
  });
});

/** Time limit of making the root, installing and building, in milliseconds. */
const LONG_MS = 1_200_000;

// There is no Docker here: its instructions are run one by one, in a root of Debian that stands for the image of Node.
describe.each(shortOrLong([], ['trixie']))('the image, made in a root of Debian %s', (suite) => {
  let folder: string;
  let image: Built;

  beforeAll(async () => {
    expect([buildStage.image, finalStage.image]).toEqual(Array(2).fill(`node:24-${suite}-slim`));
    folder = await temporaryFolder();
    const base = join(folder, 'base');
    await makeNodeImage(base, suite);
    const built = await make(buildStage, join(folder, 'build'), base, new Map());
    image = await make(finalStage, join(folder, 'image'), base, new Map([['build', built.root]]));
  }, LONG_MS);
  afterAll(() => removeFolder(folder));

  it(
    'starts as process 1 of its user, is healthy, and drains',
    async () => {
      const port = await freePort();
      const here = { PORT: String(port), HOST: '127.0.0.1' };
      expect(await exitCodeIn(image, healthCheck, here)).toBe(1);
      const server = spawnIn(image, commandOfStage(finalStage, 'ENTRYPOINT'), here);
      let log = '';
      server.stderr.setEncoding('utf8').on('data', (text: string) => {
        log += text;
      });
      const lines: string[] = [];
      for await (const line of createInterface({ input: server.stdout })) {
        lines.push(line);
        if (line.startsWith('AuraImage listens')) break;
      }
      expect(lines.at(-1), log).toMatch(/^AuraImage listens/);
      expect(await exitCodeIn(image, healthCheck, here)).toBe(0);
      const secrets = await secretsOf(lines.join('\n'), image.root);
      const [unsigned = '', signed = ''] = secrets.match(/^https?:\/\/\S+$/gm) ?? [];
      expect((await fetch(unsigned)).status).toBe(403);
      for (const query of ['', '&w=200&fmt=avif']) {
        const response = await fetch(`${signed}${query}`);
        await response.arrayBuffer();
        expect([query, response.status]).toEqual([query, 200]);
      }
      const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
      const first = Number(children.trim());
      const status = await readFile(`/proc/${first}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\s1000\s[\s\S]*^NSpid:.*\t1$/m);
      const ended = once(server, 'close');
      process.kill(first, 'SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(log).toContain('"clean":true');
    },
    LONG_MS,
  );

  it('lets its user write the data alone, and run the command', async () => {
    const data = await stat(join(image.root, 'data'));
    expect([data.uid, data.gid, (data.mode & 0o777).toString(8)]).toEqual([1000, 1000, '700']);
    const attempt = (path: string) => exitCodeIn(image, ['touch', path]);
    expect(await attempt('/data/x')).toBe(0);
    expect(await attempt('/usr/local/lib/node_modules/@auraimage/server/x')).toBe(1);
    const { version } = JSON.parse(await readFile(join(ROOT, 'apps/node/package.json'), 'utf8'));
    const { stdout } = spawnIn(image, ['aura-server', '--version']);
    let said = '';
    for await (const text of stdout.setEncoding('utf8')) said += text;
    expect(said).toBe(`${version}\n`);
  });
});

/** What has been made so far. */
interface Built {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: string;
}

/** Stands for `node:24-…-slim`: Debian, Node, npm and the user `node` (1000). */
async function makeNodeImage(root: string, suite: string): Promise<void> {
  const debootstrap = commandOf('debootstrap', 'debootstrap');
  execFileSync(debootstrap, ['--variant=minbase', suite, root, debianMirror()], { stdio: 'pipe' });
  const node = otherNodes().find(({ name }) => name === 'Node 24')?.path ?? process.execPath;
  const bin = join(root, 'usr/local/bin');
  await copyFile(node, join(bin, 'node'));
  await chmod(join(bin, 'node'), 0o755);
  const modules = npmConfig('root', '--global');
  await cp(join(modules, 'npm'), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  for (const name of ['npm', 'npx']) {
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(bin, name));
  }
  const image: Built = { root, env: {}, cwd: '/', user: 'root' };
  await runIn(
    image,
    'groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node',
  );
  await copyFile('/etc/resolv.conf', join(root, 'etc/resolv.conf'));
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined) {
    await mkdir(dirname(join(root, certificates)), { recursive: true });
    await copyFile(certificates, join(root, certificates));
  }
}

/** Where this machine's packages come from. */
function debianMirror(): string {
  const policy = execFileSync('apt-cache', ['policy', 'debootstrap'], { encoding: 'utf8' });
  return /^\s+\d+ (https?:\S+) /m.exec(policy)?.[1] ?? 'http://deb.debian.org/debian';
}

function npmConfig(...args: readonly string[]): string {
  return execFileSync('npm', args, { encoding: 'utf8', cwd: '/' }).trim();
}

/** Runs the instructions of a stage in a copy of its base. */
async function make(
  { instructions }: Stage,
  root: string,
  base: string,
  stages: ReadonlyMap<string, string>,
): Promise<Built> {
  execFileSync('cp', ['--archive', base, root]);
  let built: Built = { root, env: {}, cwd: '/', user: 'root' };
  for (const { keyword, text } of instructions) {
    switch (keyword) {
      case 'WORKDIR':
        await mkdir(join(root, text), { recursive: true });
        built = { ...built, cwd: text };
        break;
      case 'ENV': {
        const pairs = text
          .trim()
          .split(/\s+/)
          .map((pair) => pair.split('=', 2));
        built = { ...built, env: { ...built.env, ...Object.fromEntries(pairs) } };
        break;
      }
      case 'USER':
        built = { ...built, user: text };
        break;
      case 'COPY':
        copy(text, built, stages);
        break;
      case 'RUN':
        await runIn(built, text);
        break;
      default:
        expect(['VOLUME', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'ENTRYPOINT']).toContain(keyword);
    }
  }
  return built;
}

function copy(text: string, { root, cwd }: Built, stages: ReadonlyMap<string, string>): void {
  const words = text.split(/\s+/);
  const [from = '', to = ''] = words.filter((word) => !word.startsWith('--'));
  const target = join(root, to.startsWith('/') ? to : join(cwd, to));
  const stage = /--from=(\w+)/.exec(text)?.[1];
  if (stage === undefined) {
    const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', from];
    const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' }).split('\0');
    const isIgnored = readIgnored();
    const input = files.filter((path) => path !== '' && !isIgnored(path)).join('\0');
    const archive = execFileSync('tar', ['--null', '-T', '-', '--ignore-failed-read', '-cf', '-'], {
      cwd: ROOT,
      input,
      maxBuffer: 1024 ** 3,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    execFileSync('tar', ['-xf', '-', '--no-same-owner'], { cwd: target, input: archive });
    return;
  }
  const source = join(stages.get(stage) ?? '', from);
  execFileSync('cp', ['--archive', '--no-target-directory', source, target]);
  if (text.includes('--chown=root:root')) return;
  throw new Error(`COPY ${text}: only --chown=root:root is known here`);
}

/** With the registry and the cache of this machine's npm, and its way to the network. */
async function runIn(image: Built, script: string): Promise<void> {
  const own = ['NODE_EXTRA_CA_CERTS', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  const network = Object.fromEntries(
    own.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  const registry = npmConfig('config', 'get', 'registry');
  const child = spawnIn(image, ['/bin/sh', '-c', script], {
    ...network,
    npm_config_registry: registry,
    npm_config_cache: '/tmp/npm-cache',
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`RUN ${script} ended with ${code}\n${said.slice(-4000)}`);
}

async function exitCodeIn(
  image: Built,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  const child = spawnIn(image, command, env);
  child.stdout.resume();
  child.stderr.resume();
  const [code] = await once(child, 'close');
  return code;
}

/** Starts a command in a root, as process 1 of its own PID namespace. */
function spawnIn(
  { root, env, cwd, user }: Built,
  command: readonly string[],
  more: Readonly<Record<string, string>> = {},
) {
  const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const all = { PATH: path, HOME: user === 'root' ? '/root' : `/home/${user}`, ...env, ...more };
  const words = Object.entries(all).map((pair) => pair.join('='));
  const enter = `
    mount -t proc proc "$1/proc"
    mount --rbind /dev "$1/dev"
    cache=$2 user=$3 root=$1
    shift 3
    if [ "$user" = root ]; then
      mkdir -p "$root/tmp/npm-cache"
      mount --bind "$cache" "$root/tmp/npm-cache"
    fi
    exec chroot --userspec="$user" "$root" env --chdir="$@"`;
  const args = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-ec', enter, 'enter'];
  return spawn(
    'unshare',
    [...args, root, npmCache(), user, cwd, '--ignore-environment', ...words, ...command],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

function npmCache(): string {
  return npmConfig('config', 'get', 'cache');
}
