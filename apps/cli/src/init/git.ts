import { execFile } from 'node:child_process';
import { basename, dirname } from 'node:path';

/** How git sees a file: `unknown` where there is no git or the folder is in no repository. */
export type GitState = 'tracked' | 'ignored' | 'loose' | 'unknown';

/** Asks git whether a file would go into a commit. */
export async function gitState(path: string): Promise<GitState> {
  const tracked = await git(path, ['ls-files', '--error-unmatch', '--', basename(path)]);
  if (tracked === 0) return 'tracked';
  if (tracked !== 1) return 'unknown';
  return (await git(path, ['check-ignore', '--quiet', '--', basename(path)])) === 0
    ? 'ignored'
    : 'loose';
}

/** Exit code of a git command in the file's folder; null where git could not be started. */
function git(path: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = execFile('git', ['-C', dirname(path), ...args], { timeout: 10_000 }, () => {});
    child.on('error', () => resolve(null));
    child.on('exit', (code) => resolve(code));
  });
}
