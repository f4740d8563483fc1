import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCredentials } from './credentials.js';
import { createFolders } from './folders.js';

const A = 'https://a.example';
const B = 'https://b.example';
const kim = { token: 'aura_cli_kim', email: 'kim@example.com' };

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'aura-home-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('credentials', () => {
  it('keeps one sign-in for each server, for the owner alone', async () => {
    const credentials = createCredentials(home);
    expect(await credentials.read(A)).toBeNull();
    await credentials.save(A, kim);
    await credentials.save(B, { ...kim, token: 'aura_cli_b' });
    expect(await credentials.read(A)).toEqual(kim);
    expect(await credentials.read(`${A}.evil.example`)).toBeNull();
    expect((await stat(join(home, '.aura'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(home, '.aura/credentials'))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(home, '.aura'))).toEqual(['credentials']);
  });

  it('removes one and keeps the others', async () => {
    const credentials = createCredentials(home);
    await credentials.save(A, kim);
    await credentials.save(B, kim);
    expect(await credentials.remove(A)).toBe(true);
    expect(await credentials.remove(A)).toBe(false);
    expect(await credentials.read(A)).toBeNull();
    expect(await credentials.read(B)).toEqual(kim);
  });

  it.each([0o644, 0o640, 0o602])('does not use a file of mode %o', async (mode) => {
    const credentials = createCredentials(home);
    await credentials.save(A, kim);
    await chmod(join(home, '.aura/credentials'), mode);
    await expect(credentials.read(A)).rejects.toThrow(
      expect.objectContaining({ exit: 3, fix: expect.stringContaining('chmod 600') }),
    );
    await expect(credentials.save(A, kim)).rejects.toThrow('other users');
  });

  it.each(['{ "token": never-to-be-shown', '[]', 'null', '"text"'])(
    'says that %s is broken, without showing it',
    async (text) => {
      await mkdir(join(home, '.aura'));
      await writeFile(join(home, '.aura/credentials'), text, { mode: 0o600 });
      const reading = createCredentials(home).read(A);
      await expect(reading).rejects.toThrow('not a JSON object');
      await expect(reading).rejects.toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('never') }),
      );
    },
  );

  it('takes an entry of another form for none', async () => {
    await mkdir(join(home, '.aura'));
    const text = JSON.stringify({ [A]: 'text', [B]: { token: 1 } });
    await writeFile(join(home, '.aura/credentials'), text, { mode: 0o600 });
    expect(await createCredentials(home).read(A)).toBeNull();
    expect(await createCredentials(home).read(B)).toBeNull();
  });
});

describe('folders', () => {
  it("finds the nearest folder's project, of the same server", async () => {
    const folders = createFolders(home);
    expect(await folders.find(A, '/work/app')).toBeUndefined();
    await folders.remember(A, '/work', 'outer');
    await folders.remember(A, '/work/app', 'inner');
    expect(await folders.find(A, '/work/app/src')).toBe('inner');
    expect(await folders.find(A, '/work/application')).toBe('outer');
    expect(await folders.find(A, '/elsewhere')).toBeUndefined();
    expect(await folders.find(B, '/work/app')).toBeUndefined();
  });
});
