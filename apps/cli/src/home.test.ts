import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createHome } from './home.js';

const A = 'https://a.example';
const B = 'https://b.example';
const kim = { token: 'aura_cli_kim', email: 'kim@example.com' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aura-home-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('credentials', () => {
  it('keeps one sign-in for each server, readable by the owner only', async () => {
    const kept = createHome(home);
    expect(await kept.signIn(A)).toBeNull();
    await kept.saveSignIn(A, kim);
    await kept.saveSignIn(B, { ...kim, token: 'aura_cli_b' });
    expect(await kept.signIn(A)).toEqual(kim);
    expect(await kept.signIn(`${A}.evil.example`)).toBeNull();
    expect((await stat(join(home, '.aura'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home, '.aura/credentials'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, '.aura'))).toEqual(['credentials']);
  });

  it('removes one and keeps the others', async () => {
    const kept = createHome(home);
    await kept.saveSignIn(A, kim);
    await kept.saveSignIn(B, kim);
    await kept.removeSignIn(A);
    await kept.removeSignIn(A);
    expect(await kept.signIn(A)).toBeNull();
    expect(await kept.signIn(B)).toEqual(kim);
  });

  it.each([0o644, 0o640, 0o602])('does not use a file of mode %o', async (mode) => {
    const kept = createHome(home);
    await kept.saveSignIn(A, kim);
    await chmod(join(home, '.aura/credentials'), mode);
    await expect(kept.signIn(A)).rejects.toThrow(
      expect.objectContaining({ exit: 3, fix: expect.stringContaining('chmod 600') }),
    );
    await expect(kept.saveSignIn(A, kim)).rejects.toThrow('other users');
  });

  it.each(['{ "token": never-to-be-shown', '[]', 'null', '"text"'])(
    'reports that %s is invalid, without showing it',
    async (text) => {
      await mkdir(join(home, '.aura'));
      await writeFile(join(home, '.aura/credentials'), text, { mode: 0o600 });
      const reading = createHome(home).signIn(A);
      await expect(reading).rejects.toThrow('not a JSON object');
      await expect(reading).rejects.toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('never') }),
      );
    },
  );

  it('ignores an entry of another form', async () => {
    await mkdir(join(home, '.aura'));
    const text = JSON.stringify({ [A]: 'text', [B]: { token: 1 } });
    await writeFile(join(home, '.aura/credentials'), text, { mode: 0o600 });
    expect(await createHome(home).signIn(A)).toBeNull();
    expect(await createHome(home).signIn(B)).toBeNull();
  });
});

describe('folders', () => {
  it("finds the nearest folder's project, of the same server", async () => {
    const kept = createHome(home);
    expect(await kept.projectOf(A, '/work/app')).toBeUndefined();
    await kept.saveProject(A, '/work', 'outer');
    await kept.saveProject(A, '/work/app', 'inner');
    expect(await kept.projectOf(A, '/work/app/src')).toBe('inner');
    expect(await kept.projectOf(A, '/work/application')).toBe('outer');
    expect(await kept.projectOf(A, '/elsewhere')).toBeUndefined();
    expect(await kept.projectOf(B, '/work/app')).toBeUndefined();
  });
});
