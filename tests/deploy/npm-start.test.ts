import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { programOf } from '../harness/program.js';
import { removeFolder } from '../harness/remove.js';
import { temporaryFolder } from '../harness/server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

interface BuildScript {
  createBuild(
    root: string,
    steps: readonly {
      readonly doing: string;
      readonly commands: readonly string[];
      readonly isForWorker?: boolean;
    }[],
    options?: { readonly withWorker?: boolean },
  ): { build(): Promise<void>; buildIfNeeded(): Promise<void> };
}
const { createBuild } = (await import(
  pathToFileURL(join(ROOT, 'scripts/build.mjs')).href
)) as BuildScript;
const folders: string[] = [];

async function makeFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) await write(folder, path, text);
  return folder;
}

async function write(folder: string, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), text);
}

afterAll(() => Promise.all(folders.map((folder) => removeFolder(folder))));

describe('the build before a start', () => {
  const SOURCE = 'packages/one/src/index.ts';
  const OUTPUT = 'packages/one/dist/index.js';
  const NOTES = 'packages/one/dist/.tsbuildinfo';
  const compile = `mkdir -p packages/one/dist && cp ${SOURCE} ${OUTPUT} && echo notes >> ${NOTES}`;
  const count = { doing: 'counting', commands: ['echo >> builds'] };
  let folder: string;
  const build = (...commands: readonly string[]) => {
    const steps = commands.map((command) => ({ doing: 'working', commands: [command] }));
    return createBuild(folder, [count, ...steps]).buildIfNeeded();
  };
  const builds = async () => (await readFile(join(folder, 'builds'), 'utf8')).length;
  const notes = async () => (await readFile(join(folder, NOTES), 'utf8')).trim().split('\n').length;

  beforeEach(async () => {
    folder = await makeFolder({
      [SOURCE]: 'one',
      'package-lock.json': '{}',
      'node_modules/.package-lock.json': '{}',
    });
    await build(compile);
  });

  it('does nothing while nothing has changed but a time', async () => {
    await utimes(join(folder, SOURCE), 1, 1);
    await build(compile);
    expect(await builds()).toBe(1);
  });

  it.each([
    ['a source', SOURCE, 'changed'],
    ['a new source', 'apps/two/src/index.ts', 'new'],
    ['a document', 'docs/page.md', 'new'],
    ['the lock file', 'package-lock.json', '{"changed": true}'],
    ['an installed version', 'node_modules/.package-lock.json', '{"changed": true}'],
  ])('builds for %s, and the compiler keeps its notes', async (_, path, text) => {
    await write(folder, path, text);
    await build(compile);
    expect([await builds(), await notes()]).toEqual([2, 2]);
    await build(compile);
    expect(await builds()).toBe(2);
  });

  it.each([
    ['is missing', () => rm(join(folder, OUTPUT))],
    ['was changed', () => write(folder, OUTPUT, 'something else')],
  ])('compiles everything anew when an output %s', async (_, spoil) => {
    await spoil();
    await build(compile);
    expect([await builds(), await notes()]).toEqual([2, 1]);
    expect(await readFile(join(folder, OUTPUT), 'utf8')).toBe('one');
  });

  it('builds what changed during a build the next time', async () => {
    await write(folder, SOURCE, 'two');
    await build(compile, `echo three > ${SOURCE}`);
    await build(compile);
    expect((await readFile(join(folder, OUTPUT), 'utf8')).trim()).toBe('three');
  });

  it('leaves the Worker out for a server on Node, until a command needs it', async () => {
    const worker = { doing: 'bundling', commands: ['echo >> bundles'], isForWorker: true };
    const bundles = () => readFile(join(folder, 'bundles'), 'utf8').catch(() => '');
    const buildFor = (options: { readonly withWorker?: boolean }) =>
      createBuild(folder, [count, worker], options).buildIfNeeded();
    await write(folder, SOURCE, 'two');
    await buildFor({ withWorker: false });
    await buildFor({ withWorker: false });
    expect([await builds(), await bundles()]).toEqual([2, '']);
    for (const options of [{}, {}, { withWorker: false }, {}]) await buildFor(options);
    expect([await builds(), await bundles()]).toEqual([2, '\n']);
    await write(folder, SOURCE, 'three');
    await buildFor({ withWorker: false });
    expect([await builds(), await bundles()]).toEqual([3, '\n']);
    await buildFor({});
    expect([await builds(), await bundles()]).toEqual([3, '\n\n']);
  });

  it('fails with the exit code of a step, also the next time', async () => {
    await write(folder, SOURCE, 'two');
    for (const expected of [2, 3]) {
      const failed = build('exit 7', 'echo not reached >> builds');
      await expect(failed).rejects.toMatchObject({ name: 'BuildError', exitCode: 7 });
      expect(await builds()).toBe(expected);
    }
  });
});

interface Started {
  readonly npm: ChildProcess;
  readonly url: string;
  readonly log: () => string;
}

describe('npm start, when it is ended', () => {
  let folder: string;
  const started: ChildProcess[] = [];

  beforeAll(async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const { start } = scripts;
    // What is built: no more than the program of this test run.
    folder = await makeFolder({
      'package.json': JSON.stringify({ private: true, type: 'module', scripts: { start } }),
      'apps/node/dist/main.js': `import ${JSON.stringify(pathToFileURL(programOf()).href)};`,
      // As in shells that do not replace themselves by their last command.
      'waiting-shell.sh': '#!/bin/sh\n/bin/sh "$@"\nexit $?\n',
    });
    await chmod(join(folder, 'waiting-shell.sh'), 0o755);
    for (const name of ['start.mjs', 'build.mjs']) {
      await cp(join(ROOT, 'scripts', name), join(folder, 'scripts', name));
    }
    await createBuild(folder, []).build();
  });
  afterAll(() => {
    for (const { pid } of started) {
      try {
        process.kill(-(pid ?? 0), 'SIGKILL');
      } catch {
        // It has ended, as it should.
      }
    }
  });

  async function start(
    name: string,
    options: Readonly<Record<string, string>> = {},
    [command, ...args]: readonly [string, ...string[]] = ['npm', 'start'],
  ) {
    const dataDir = join(folder, 'data', name);
    const npm = spawn(command, args, {
      cwd: folder,
      detached: true, // a process group, as a terminal has
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        PORT: '0',
        HOST: '127.0.0.1',
        AURA_DATA_DIR: dataDir,
        npm_config_update_notifier: 'false',
        ...options,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    started.push(npm);
    let log = '';
    npm.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    for await (const line of createInterface({ input: npm.stdout })) {
      const url = /^AuraImage listens on (\S+)$/.exec(line)?.[1];
      if (url !== undefined) return { npm, url, log: () => log } satisfies Started;
    }
    throw new Error(log);
  }

  /** @returns how npm ended; resolves when every process that holds its output has ended as well */
  async function end({ npm }: Started, signal: NodeJS.Signals, pid = npm.pid ?? 0) {
    const closed = once(npm, 'close');
    process.kill(pid, signal);
    npm.stdout?.resume();
    return (await closed) as [code: number | null, signal: string | null];
  }

  it.concurrent.each([
    { name: 'by SIGTERM', signal: 'SIGTERM', ends: [0, null] },
    {
      name: 'by Ctrl-C, which reaches the server twice',
      signal: 'SIGINT',
      group: true,
      ends: [0, null],
    },
    { name: 'by SIGHUP, which npm does not pass on', signal: 'SIGHUP', ends: [null, 'SIGHUP'] },
    {
      name: 'by SIGTERM, which the shell does not pass on',
      signal: 'SIGTERM',
      shell: 'waiting-shell.sh',
      ends: [null, 'SIGTERM'],
    },
  ] as const)('$name, drains and leaves no server', async ({ name, signal, ends, ...rest }) => {
    const shell = 'shell' in rest ? { npm_config_script_shell: join(folder, rest.shell) } : {};
    const server = await start(name, shell);
    expect((await fetch(`${server.url}/health`)).status).toBe(200);
    const pid = server.npm.pid ?? 0;
    expect(await end(server, signal, 'group' in rest ? -pid : pid), server.log()).toEqual(ends);
    expect(server.log()).toContain('"clean":true');
  });

  it.concurrent('goes on where another script of npm has left it running', async () => {
    const script = 'node apps/node/dist/main.js & read line';
    const env = { npm_lifecycle_event: 'preview' };
    const { npm: shell, url, log } = await start('left', env, ['sh', '-c', script]);
    shell.stdin?.end();
    await once(shell, 'exit');
    // Twice the interval of the checks for npm.
    await delay(1000);
    expect(log()).not.toContain('draining');
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});
