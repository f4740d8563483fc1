import { execFile } from 'node:child_process';
import { lstat, readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseEnv } from 'node:util';
import { CliError, hasCode } from '../errors.js';
import { modeOf, replaceFile } from '../home.js';

/** Settings by the name of their variable. */
export type EnvBlock = Readonly<Record<string, string>>;

/** @example formatBlock({ A: '1', B: '2' }); // "A=1\nB=2" */
export function formatBlock(block: EnvBlock): string {
  return Object.entries(block)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

/**
 * Sets variables in the text of a `.env` file. Other lines, comments and their order stay as they are; an
 * existing variable is changed in place, a new one goes to the end.
 *
 * @throws where the result would not parse as intended, for example after a value over several lines
 */
export function setVariables(text: string, block: EnvBlock): string {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const missing = new Set(Object.keys(block));
  const lines = text === '' ? [] : text.split(/\r?\n/);
  const changed = lines.map((line) => {
    const match = /^(\s*(?:export\s+)?)([A-Za-z_]\w*)\s*=/.exec(line);
    const [, start = '', name = ''] = match ?? [];
    if (!Object.hasOwn(block, name)) return line;
    missing.delete(name);
    return `${start}${name}=${block[name]}`;
  });
  if (changed.at(-1) === '') changed.pop();
  const added = [...missing].map((name) => `${name}=${block[name]}`);
  const result = `${[...changed, ...added].join(end)}${end}`;
  if (!parsesAsIntended(text, result, block)) {
    throw new CliError('The file has lines that aura cannot change safely', {
      fix: 'Remove its AURA_ lines, then run the command again.',
    });
  }
  return result;
}

/**
 * Checks with Node's own parser: ours are set, every other variable is as before, and none of ours had lines that
 * would stay behind, which the parser of Node 22 ignores.
 */
function parsesAsIntended(before: string, after: string, block: EnvBlock): boolean {
  const found = parseEnv(after);
  const old = parseEnv(before);
  const wanted = { ...old, ...block };
  return (
    Object.keys(block).every((name) => !old[name]?.includes('\n')) &&
    Object.keys(found).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([name, value]) => found[name] === value)
  );
}

/** The text of the file; empty where there is none. */
export async function readEnvFile(path: string): Promise<string> {
  try {
    const facts = await lstat(path);
    if (!facts.isFile()) {
      throw new CliError(`${path} is not a plain file`, { fix: 'Give --write another file.' });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** Replaces the file atomically; a new one is readable by its owner only. */
export async function writeEnvFile(path: string, text: string): Promise<void> {
  await replaceFile(path, text, (await modeOf(path)) ?? 0o600);
}

/** How git sees a file: `unknown` where there is no git or the folder is in no repository. */
export type GitState = 'tracked' | 'ignored' | 'untracked' | 'unknown';

/** Asks git whether a file would go into a commit. */
export async function gitState(path: string): Promise<GitState> {
  const tracked = await git(path, ['ls-files', '--error-unmatch', '--', basename(path)]);
  if (tracked === 0) return 'tracked';
  if (tracked !== 1) return 'unknown';
  return (await git(path, ['check-ignore', '--quiet', '--', basename(path)])) === 0
    ? 'ignored'
    : 'untracked';
}

/** Exit code of a git command in the file's folder; null where git could not be started. */
function git(path: string, args: readonly string[]): Promise<number | null> {
  return new Promise((resolve) => {
    const child = execFile('git', ['-C', dirname(path), ...args], { timeout: 10_000 }, () => {});
    child.on('error', () => resolve(null));
    child.on('exit', (code) => resolve(code));
  });
}
