import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { gitState } from './env-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aura-git-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('reports the git state of an existing or missing file', async () => {
  expect(await gitState(join(folder, '.env'))).toBe('unknown');
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  expect(await gitState(join(folder, '.env'))).toBe('untracked');
  await writeFile(join(folder, '.gitignore'), '.env*\n');
  expect(await gitState(join(folder, '.env'))).toBe('ignored');
  await writeFile(join(folder, '.env'), 'A=1\n');
  expect(await gitState(join(folder, '.env'))).toBe('ignored');
  execFileSync('git', ['add', '--force', '.env'], { cwd: folder });
  expect(await gitState(join(folder, '.env'))).toBe('tracked');
});
