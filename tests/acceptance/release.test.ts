import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const run = async (command: string, ...args: string[]) =>
  (await promisify(execFile)(command, args, { cwd: ROOT })).stdout;

interface Built {
  readonly name: string;
  readonly version: string;
  readonly file: string;
}

it('a dry run of the release shows versions and packages, and changes nothing', async () => {
  const built: readonly Built[] = JSON.parse(
    await readFile(join(ROOT, 'apps/node/dist/packages/index.json'), 'utf8'),
  );
  const before = await run('git', 'status', '--porcelain');
  const output = await run(process.execPath, 'scripts/release.mjs', '--dry-run');
  expect(await run('git', 'status', '--porcelain')).toBe(before);
  expect(built).toHaveLength(3);
  for (const { name, version, file } of built) {
    expect(output).toMatch(new RegExp(`^${name}: \\d+\\.\\d+\\.\\d+ -> \\d+\\.\\d+\\.\\d+$`, 'm'));
    expect(output).toContain(`$ npm publish apps/node/dist/packages/${file} --access public`);
    expect(output).toContain(`+ ${name}@${version}\n`);
  }
  expect(output.match(/--provenance --dry-run$/gm)).toHaveLength(3);
});
