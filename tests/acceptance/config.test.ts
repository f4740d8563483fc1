import { once } from 'node:events';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seedProject, temporaryFolder } from '../harness/server.js';
import { type Ended, runCommand, STACK } from './support/upload-command.js';

const SIZES = ['-1', '0', '5 parsecs', '1.5.5mb', 'mb', '1e3', '99999999999gb'];
const NUMBERS = ['-1', '1.5', 'many', '0x10', '1e3', '99999999999999999999', ' ', '5s'];

/** Values that each variable must not take, and what its line has to say about what it may be. */
const WRONG: Readonly<Record<string, readonly [values: readonly string[], says: RegExp]>> = {
  PORT: [[...NUMBERS, '65536'], /whole number|at most 65535/],
  AURA_PUBLIC_URL: [
    [
      'cdn.example',
      'ftp://cdn.example',
      'https://',
      '//cdn',
      'https://cdn.example/?a=1',
      'https://cdn.example/#a',
      'javascript:alert(1)',
    ],
    /http/,
  ],
  AURA_MASTER_KEY: [['short', 'zz'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33)], /32 bytes/],
  AURA_LOG_LEVEL: [['loud', 'INFO', '30'], /trace, debug, info/],
  AURA_METRICS_TOKEN: [['short'], /16 characters/],
  AURA_MAX_UPLOAD_SIZE: [SIZES, /500kb|30mb/],
  AURA_CACHE_MEMORY: [SIZES.filter((text) => text !== '0'), /0 for none.*30mb/],
  AURA_CACHE_DISK: [SIZES.filter((text) => text !== '0'), /0 for none.*30mb/],
  AURA_MAX_PIXELS: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_MAX_FRAMES: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_IMAGE_JOBS: [[...NUMBERS, '0', '65'], /whole number|at least|at most/],
  AURA_MAX_CONCURRENT_UPLOADS: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_UPLOADS_PER_MINUTE_PER_CLIENT: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_UPLOADS_PER_MINUTE_PER_PROJECT: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_HEADER_TIMEOUT: [[...NUMBERS, '0', '3601'], /whole number|at least|at most/],
  AURA_BODY_IDLE_TIMEOUT: [[...NUMBERS, '0', '3601'], /whole number|at least|at most/],
  AURA_BODY_TIMEOUT: [[...NUMBERS, '0', '3601'], /whole number|at least|at most/],
  AURA_IDLE_TIMEOUT: [[...NUMBERS, '0', '3601'], /whole number|at least|at most/],
  AURA_MAX_CONNECTIONS: [[...NUMBERS, '0'], /whole number|at least|at most/],
  AURA_DRAIN_TIMEOUT: [[...NUMBERS, '3601'], /whole number|at least|at most/],
  AURA_LEGACY_VISIBILITY_TOKENS: [['yes', '1', 'TRUE'], /true or false/],
};

const WRONG_SEEDS: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [[], /--project/],
  [['--project', 'My App'], /My App.*a-z/],
  [['--project', 'a'], /2 to 40/],
  [['--project', 'a'.repeat(41)], /2 to 40/],
  [['--project', 'v1'], /reserved/],
  [['--project', 'health'], /reserved/],
  [['--project', 'ok', '--origin', 'app.example'], /--origin app\.example/],
  [['--project', 'ok', '--origin', 'https://app.example/'], /--origin/],
  [['--project', 'ok', '--origin', '*'], /--origin \*/],
  [['--project', 'ok', '--quota', 'much'], /"much" is not a size/],
  [['--project', 'ok', '--quota', '0gb'], /"0gb" is not a size/],
  [['--project', 'ok', '--colour', 'red'], /--colour/],
  [['--project'], /--project/],
  [['twice', '--project', 'ok'], /twice/],
  [['--project', 'mine'], /"mine" exists already/],
];

const MOST_VALUES = Math.max(...Object.values(WRONG).map(([values]) => values.length));

describe('wrong settings', () => {
  let root: string;
  let dataDir: string;

  beforeEach(async () => {
    root = await temporaryFolder();
    dataDir = join(root, 'data');
  });

  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  function start(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return runCommand([], { PORT: '0', AURA_DATA_DIR: dataDir, ...env });
  }

  function seed(...args: readonly string[]): Promise<Ended> {
    return runCommand(['seed', ...args], { AURA_DATA_DIR: dataDir });
  }

  /** Ended with a message for people alone. */
  function expectMessage({ code, stdout, stderr }: Ended, ...says: readonly RegExp[]): void {
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toMatch(STACK);
    for (const each of says) expect(stderr).toMatch(each);
  }

  it('end the start with a line for each variable', async () => {
    // One start tells about every variable: so each has its first wrong value, then its second …
    const rounds = Array.from({ length: MOST_VALUES }, (_, at) =>
      Object.fromEntries(
        Object.entries(WRONG).flatMap(([name, [values]]) => {
          const value = values[at];
          return value === undefined ? [] : [[name, value] as const];
        }),
      ),
    );
    const all = await Promise.all(rounds.map(async (env) => ({ env, ended: await start(env) })));
    for (const { env, ended } of all) {
      expectMessage(ended);
      const lines = ended.stderr.trimEnd().split('\n');
      expect(lines.map(nameIn).sort()).toEqual(Object.keys(env).sort());
      for (const line of lines) expect(line).toMatch(WRONG[nameIn(line)]?.[1] ?? /^$/);
    }
    expect(await readdir(root)).toEqual([]);
  });

  it('end the start when there is but one, naming what it is', async () => {
    const ended = await start({ AURA_MAX_FRAMES: 'many' });
    expectMessage(ended, /^AURA_MAX_FRAMES: .*"many"/);
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('are told without the values of secrets', async () => {
    const [AURA_MASTER_KEY, AURA_METRICS_TOKEN] = ['hunter2-master', 'hunter2-token'];
    const ended = await start({ AURA_MASTER_KEY, AURA_METRICS_TOKEN });
    expectMessage(ended, /^AURA_MASTER_KEY: /m, /^AURA_METRICS_TOKEN: /m);
    expect(ended.stderr).not.toMatch(/hunter2/);
  });

  it('do not include an empty variable, which counts as absent', async () => {
    const empty = Object.fromEntries(Object.keys(WRONG).map((name) => [name, '']));
    const ended = await start({ ...empty, HOST: '', PORT: '65536' });
    expect(ended.stderr.trimEnd().split('\n')).toHaveLength(1);
    expectMessage(ended, /^PORT: /);
  });

  it('include a port that is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    try {
      const { port } = taken.address() as AddressInfo;
      expectMessage(await start({ PORT: String(port) }), /port is in use/, /PORT/);
    } finally {
      taken.close();
    }
  });

  it('include an address that is not of this machine', async () => {
    expectMessage(await start({ HOST: '192.0.2.1' }), /192\.0\.2\.1/);
  });

  it.each(['a file', 'a path through a file', 'a folder that cannot be made'])(
    'include a data folder that is %s',
    async (what) => {
      await writeFile(dataDir, 'a file');
      const path = {
        'a file': dataDir,
        'a path through a file': join(dataDir, 'data'),
        'a folder that cannot be made': '/sys/aura-data',
      }[what];
      expectMessage(await start({ AURA_DATA_DIR: path ?? '' }), new RegExp(path ?? ''));
    },
  );

  it('include a master key that other users can read, or that is none', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    const path = join(dataDir, 'master.key');
    await writeFile(path, 'ab'.repeat(32), { mode: 0o600 });
    await chmod(path, 0o644);
    expectMessage(await start(), /master\.key/, /chmod 600/);
    await chmod(path, 0o600);
    await writeFile(path, 'not a key');
    const ended = await start();
    expectMessage(ended, /master\.key/, /64 hexadecimal digits/);
    expect(ended.stderr).not.toMatch(/not a key/);
  });

  it('include a database that is none', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(
      join(dataDir, 'aura.db'),
      'this is no database, whatever its name says'.repeat(100),
    );
    expectMessage(await start(), /not a database/);
  });

  it('of seed end it before it makes anything', async () => {
    const { projectName } = await seedProject(dataDir, 'https://cdn.example', '--project', 'mine');
    expect(projectName).toBe('mine');
    await Promise.all(
      WRONG_SEEDS.map(async ([args, says]) => expectMessage(await seed(...args), says)),
    );
    expect((await seed('--project', 'ok', '--origin', 'https://app.example')).code).toBe(0);
  });

  it('include an unknown command, and --help knows all', async () => {
    expectMessage(await runCommand(['serve'], {}), /Unknown command serve/, /Usage:/);
    for (const args of [['--help'], ['-h'], ['seed', '--help']]) {
      const { code, stdout, stderr } = await runCommand(args, { PORT: 'wrong' });
      expect([code, stderr]).toEqual([0, '']);
      for (const word of ['aura-server', 'seed', '--project', '--origin', '--quota']) {
        expect(stdout).toContain(word);
      }
    }
  });
});

/** The variable that a line is about. */
function nameIn(line: string): string {
  return line.split(':')[0] ?? '';
}
