import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { temporaryFolder } from '../harness/server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const exec = promisify(execFile);
const run = async (command: string, ...args: string[]) =>
  (await exec(command, args, { cwd: ROOT })).stdout;

const TAKES_EVERYTHING = '#!/bin/sh\n';
/** It takes a second to look at each package, which packages.test.ts installs. */
const IS_NPM_REAL = shortOrLong(false, true);

interface Built {
  readonly name: string;
  readonly version: string;
  readonly file: string;
}

async function dryRun(): Promise<string> {
  const folder = await temporaryFolder();
  try {
    await writeFile(join(folder, 'npm'), TAKES_EVERYTHING, { mode: 0o755 });
    const PATH = [...(IS_NPM_REAL ? [] : [folder]), process.env['PATH']].join(delimiter);
    const args = ['scripts/release.mjs', '--dry-run'];
    const env = { ...process.env, PATH };
    return (await exec(process.execPath, args, { cwd: ROOT, env })).stdout;
  } finally {
    await removeFolder(folder);
  }
}

it('a dry run of the release shows versions and packages, and changes nothing', async () => {
  const built: readonly Built[] = JSON.parse(
    await readFile(join(ROOT, 'apps/node/dist/packages/index.json'), 'utf8'),
  );
  const before = await run('git', 'status', '--porcelain');
  const output = await dryRun();
  expect(await run('git', 'status', '--porcelain')).toBe(before);
  expect(built).toHaveLength(3);
  for (const { name, version, file } of built) {
    expect(output).toMatch(new RegExp(`^${name}: \\d+\\.\\d+\\.\\d+ -> \\d+\\.\\d+\\.\\d+$`, 'm'));
    expect(output).toContain(`$ npm publish apps/node/dist/packages/${file} --access public`);
    if (IS_NPM_REAL) expect(output).toContain(`+ ${name}@${version}\n`);
  }
  expect(output.match(/--provenance --dry-run$/gm)).toHaveLength(3);
});

it('the last command of a release pushes its tags', async () => {
  const folder = await temporaryFolder();
  const [clone, origin] = [join(folder, 'clone'), join(folder, 'origin.git')];
  const git = (...args: string[]) => run('git', '-C', clone, ...args);
  const files = {
    'apps/node/dist/packages/index.json':
      '[{ "name": "@auraimage/sdk", "version": "1.0.0", "file": "sdk-1.0.0.tgz" }]',
    '.changeset/README.md': '',
    'packages/.keep': '',
    'adapters/.keep': '',
    'examples/.keep': '',
    // It has nothing under a name, and takes everything.
    'bin/npm': TAKES_EVERYTHING,
  };
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(clone, path)), { recursive: true });
      await writeFile(join(clone, path), text, { mode: 0o755 });
    }
    await cp(join(ROOT, 'scripts'), join(clone, 'scripts'), { recursive: true });
    await run('git', 'init', '--quiet', '--bare', origin);
    await git('init', '--quiet');
    await git('config', 'user.name', 'Kim');
    await git('config', 'user.email', 'kim@example.com');
    await git('remote', 'add', 'origin', origin);
    await git('config', 'push.default', 'current');
    await git('add', '--all');
    await git('commit', '--quiet', '--message', 'A version');
    const env = {
      PATH: [join(clone, 'bin'), process.env['PATH']].join(delimiter),
      SIGSTORE_ID_TOKEN: 'x',
    };
    const released = await exec(process.execPath, ['scripts/release.mjs'], { cwd: clone, env });
    const push = /^Now push: git (.*)$/m.exec(released.stdout)?.[1]?.split(' ') ?? [];
    await git(...push);
    expect(await run('git', '-C', origin, 'tag')).toBe('@auraimage/sdk@1.0.0\n');
  } finally {
    await removeFolder(folder);
  }
});
