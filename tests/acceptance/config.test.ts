import { once } from 'node:events';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { seedProject, temporaryFolder } from '../harness/server.js';
import { type Ended, runCommand, STACK } from './support/upload-command.js';

const WRONG_SEEDS: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [[], /--project/],
  [['--project', 'My App'], /My App.*a-z/],
  [['--project', 'a'], /2 to 40/],
  [['--project', 'a'.repeat(41)], /2 to 40/],
  [['--project', 'v1'], /reserved/],
  [['--project', 'health'], /reserved/],
  [['--project', 'ok', '--origin', 'app.example'], /--origin.*'app\.example' is invalid/],
  [['--project', 'ok', '--origin', 'https://app.example/'], /--origin/],
  [['--project', 'ok', '--origin', '*'], /--origin.*'\*' is invalid/],
  [['--project', 'ok', '--quota', 'much'], /"much" is not a size/],
  [['--project', 'ok', '--quota', '0gb'], /"0gb" is not a size/],
  [['--project', 'ok', '--colour', 'red'], /--colour/],
  [['--project'], /--project/],
  [['twice', '--project', 'ok'], /too many arguments for 'seed'/],
  [['--project', 'mine'], /"mine" already exists/],
];

describe('wrong settings', () => {
  let root: string;
  let dataDir: string;

  beforeEach(async () => {
    root = await temporaryFolder();
    dataDir = join(root, 'data');
  });

  afterEach(async () => {
    await removeFolder(root);
  });

  function start(env: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return runCommand([], { PORT: '0', AURA_DATA_DIR: dataDir, ...env });
  }

  function seed(...args: readonly string[]): Promise<Ended> {
    return runCommand(['seed', ...args], { AURA_DATA_DIR: dataDir });
  }

  /** Ended with a message for people only. */
  function expectMessage({ code, stdout, stderr }: Ended, ...says: readonly RegExp[]): void {
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).not.toMatch(STACK);
    for (const each of says) expect(stderr).toMatch(each);
  }

  it('stop the start with one line each, without values of secrets; an empty value counts as unset', async () => {
    const [AURA_MASTER_KEY, AURA_METRICS_TOKEN] = ['hunter2-master', 'hunter2-token'];
    const wrong = {
      PORT: '65536',
      AURA_MAX_PIXELS: 'many',
      AURA_CACHE_DISK: '2gb', // the name of an earlier version
      AURA_MASTER_KEY,
      AURA_METRICS_TOKEN,
    };
    const incomplete = { AURA_STORAGE: 's3://pictures', AURA_OIDC_EMAILS: 'example.com' };
    const empty = { HOST: '', AURA_PUBLIC_URL: '', AURA_LOG_LEVEL: '', AURA_MAX_UPLOAD_SIZE: '' };
    const ended = await start({ ...wrong, ...incomplete, ...empty });
    expectMessage(
      ended,
      /^PORT: "65536" is more than 65535.*Set for example PORT=8787/m,
      /^AURA_MAX_PIXELS: "many"/m,
      /^AURA_CACHE_DISK: no longer a setting\. Set AURA_CACHE\./m,
      /^AWS_ACCESS_KEY_ID: not set, and AURA_STORAGE needs it/m,
    );
    const missing = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AURA_OIDC_ISSUER'];
    const lines = ended.stderr.trimEnd().split('\n');
    expect(lines.map(nameIn).sort()).toEqual([...Object.keys(wrong), ...missing].sort());
    expect(ended.stderr).not.toMatch(/hunter2/);
    expect(await readdir(root)).toEqual([]);
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

  it('include an IP address of another machine', async () => {
    expectMessage(await start({ HOST: '192.0.2.1' }), /192\.0\.2\.1/);
  });

  it.each(
    shortOrLong(
      ['a path through a file'],
      ['a file', 'a path through a file', 'a folder that cannot be made'],
    ),
  )('include a data folder that is %s', async (what) => {
    await writeFile(dataDir, 'a file');
    const path = {
      'a file': dataDir,
      'a path through a file': join(dataDir, 'data'),
      'a folder that cannot be made': '/sys/aura-data',
    }[what];
    expectMessage(await start({ AURA_DATA_DIR: path ?? '' }), new RegExp(path ?? ''));
  });

  it('include a master key that other users can read, or that is invalid', async () => {
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

  it('include a file that is not a database', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(
      join(dataDir, 'aura.db'),
      'this is no database, whatever its name says'.repeat(100),
    );
    expectMessage(await start(), /not a database/);
  });

  it('stop seed before it changes anything', async () => {
    const { projectName } = await seedProject(dataDir, 'https://cdn.example', '--project', 'mine');
    expect(projectName).toBe('mine');
    const seeds = WRONG_SEEDS.filter((_, at) => shortOrLong(at % 8 === 6, true));
    await Promise.all(seeds.map(async ([args, says]) => expectMessage(await seed(...args), says)));
    expect((await seed('--project', 'ok', '--origin', 'https://app.example')).code).toBe(0);
  });

  it('stop reset-password for an email that nobody has, and without a database', async () => {
    const reset = () =>
      runCommand(['reset-password', 'nobody@example.com'], { AURA_DATA_DIR: dataDir });
    expectMessage(await reset(), /no database/);
    await seedProject(dataDir, 'https://cdn.example', '--project', 'mine');
    expectMessage(
      await reset(),
      /no account with the email nobody@example\.com: aura-server people lists all/,
    );
  });

  it('include an unknown command, and --help knows all', async () => {
    expectMessage(await runCommand(['serve'], {}), /unknown command 'serve'/, /Usage:/);
    for (const [args, words] of [
      [
        ['--help'],
        [
          'start',
          'seed',
          'people',
          'reset-password',
          'rekey',
          'migrate',
          'sweep',
          'move',
          'reopen',
          'backup',
        ],
      ],
      [
        ['seed', '-h'],
        ['--project', '--origin', '--quota'],
      ],
    ] as const) {
      const { code, stdout, stderr } = await runCommand(args, { PORT: 'wrong' });
      expect([code, stderr]).toEqual([0, '']);
      for (const word of ['aura-server', ...words]) expect(stdout).toContain(word);
    }
  });

  it('include an option that no command has', async () => {
    for (const args of [['--colour'], ['sweep', '--colour']]) {
      expectMessage(await runCommand(args, {}), /unknown option '--colour'/, /Usage:/);
    }
  });
});

/** The variable of a line. */
function nameIn(line: string): string {
  return line.split(':')[0] ?? '';
}
