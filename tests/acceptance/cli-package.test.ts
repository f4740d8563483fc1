import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../harness/server.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const exec = promisify(execFile);

let folder: string;
let unpacked: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const { stdout } = await exec('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: join(ROOT, 'apps/cli'),
  });
  const [{ filename: tarball }] = JSON.parse(stdout);
  await exec('tar', ['-xzf', tarball], { cwd: folder });
  unpacked = join(folder, 'package');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('has a README', async () => {
  expect(await readFile(join(unpacked, 'README.md'), 'utf8')).toContain('aura login');
});

it('runs with the dependencies that it names, and no other package', async () => {
  const manifest = JSON.parse(await readFile(join(unpacked, 'package.json'), 'utf8'));
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(unpacked, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, 'node_modules', name), link);
  }
  const aura = join(unpacked, manifest.bin.aura);
  const { stdout } = await exec(process.execPath, [aura, '--version']);
  expect(stdout).toBe(`${manifest.version}\n`);
});
