import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readEnvFile, setVariables, writeEnvFile } from './env-file.js';

const block = { AURA_SECRET_KEY: 'sk_live_new', NEXT_PUBLIC_AURA_PROJECT_NAME: 'my-app' };

describe('setVariables', () => {
  it('fills an empty file', () => {
    expect(setVariables('', block)).toBe(
      'AURA_SECRET_KEY=sk_live_new\nNEXT_PUBLIC_AURA_PROJECT_NAME=my-app\n',
    );
  });

  it('changes ours in their places and leaves every other line as it is', () => {
    const text = [
      '# database',
      'DATABASE_URL="postgres://a=b" # not ours',
      '',
      '  export AURA_SECRET_KEY = "sk_live_old"',
      '# AURA_SECRET_KEY=sk_live_comment',
      'MY_AURA_SECRET_KEY=other',
      'LAST=1',
    ].join('\n');
    expect(setVariables(text, block)).toBe(
      [
        '# database',
        'DATABASE_URL="postgres://a=b" # not ours',
        '',
        '  export AURA_SECRET_KEY=sk_live_new',
        '# AURA_SECRET_KEY=sk_live_comment',
        'MY_AURA_SECRET_KEY=other',
        'LAST=1',
        'NEXT_PUBLIC_AURA_PROJECT_NAME=my-app',
        '',
      ].join('\n'),
    );
  });

  it('changes nothing the second time', () => {
    const once = setVariables('A=1\n\nB=2', block);
    expect(setVariables(once, block)).toBe(once);
  });

  it('changes a variable that is there twice in both places: whichever is read is the new one', () => {
    const text = 'AURA_SECRET_KEY=a\nX=1\nAURA_SECRET_KEY=b\n';
    expect(setVariables(text, { AURA_SECRET_KEY: 'c' })).toBe(
      'AURA_SECRET_KEY=c\nX=1\nAURA_SECRET_KEY=c\n',
    );
  });

  it('keeps the line ends of Windows', () => {
    expect(setVariables('A=1\r\nAURA_SECRET_KEY=x\r\n', block)).toBe(
      'A=1\r\nAURA_SECRET_KEY=sk_live_new\r\nNEXT_PUBLIC_AURA_PROJECT_NAME=my-app\r\n',
    );
  });

  it('does not write into a value over several lines', () => {
    const text = 'PEM="first\nAURA_SECRET_KEY=inside\nlast"\n';
    expect(() => setVariables(text, block)).toThrow('cannot change safely');
  });

  it('refuses to leave a rest of an old value over several lines behind', () => {
    const text = 'AURA_SECRET_KEY="first\nB=second"\n';
    expect(() => setVariables(text, block)).toThrow('cannot change safely');
  });
});

describe('the file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aura-env-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is for its owner alone when it is made, and keeps its mode when it is changed', async () => {
    const path = join(folder, '.env.local');
    expect(await readEnvFile(path)).toBe('');
    await writeEnvFile(path, 'A=1\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await writeEnvFile(path, 'A=2\n');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readFile(path, 'utf8')).toBe('A=2\n');
  });

  it('is not a link: that could lead into a repository', async () => {
    await writeFile(join(folder, 'target'), 'A=1\n');
    await symlink('target', join(folder, '.env.local'));
    await expect(readEnvFile(join(folder, '.env.local'))).rejects.toThrow('not a plain file');
  });
});
