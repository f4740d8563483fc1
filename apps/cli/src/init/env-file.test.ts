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

  it('replaces our variables in place and keeps every other line', () => {
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

  it('replaces both lines of a duplicate variable', () => {
    const text = 'AURA_SECRET_KEY=a\nX=1\nAURA_SECRET_KEY=b\n';
    expect(setVariables(text, { AURA_SECRET_KEY: 'c' })).toBe(
      'AURA_SECRET_KEY=c\nX=1\nAURA_SECRET_KEY=c\n',
    );
  });

  it('keeps CRLF line endings', () => {
    expect(setVariables('A=1\r\nAURA_SECRET_KEY=x\r\n', block)).toBe(
      'A=1\r\nAURA_SECRET_KEY=sk_live_new\r\nNEXT_PUBLIC_AURA_PROJECT_NAME=my-app\r\n',
    );
  });

  it('does not write into a multi-line value', () => {
    const text = 'PEM="first\nAURA_SECRET_KEY=inside\nlast"\n';
    expect(() => setVariables(text, block)).toThrow('cannot change safely');
  });

  it('refuses to replace a multi-line value', () => {
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

  it('is created for its owner only, and keeps its mode when it is changed', async () => {
    const path = join(folder, '.env.local');
    expect(await readEnvFile(path)).toBe('');
    await writeEnvFile(path, 'A=1\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await chmod(path, 0o640);
    await writeEnvFile(path, 'A=2\n');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readFile(path, 'utf8')).toBe('A=2\n');
  });

  it('is not a symbolic link, which could point into a repository', async () => {
    await writeFile(join(folder, 'target'), 'A=1\n');
    await symlink('target', join(folder, '.env.local'));
    await expect(readEnvFile(join(folder, '.env.local'))).rejects.toThrow('not a plain file');
  });
});
