import { lstat, readFile } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { CliError } from '../errors.js';
import { modeOf, replaceFile } from '../home-file.js';

/** Settings by the name of their variable. */
export type EnvBlock = Readonly<Record<string, string>>;

/** @example formatBlock({ A: '1', B: '2' }); // "A=1\nB=2" */
export function formatBlock(block: EnvBlock): string {
  return Object.entries(block)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');
}

/**
 * Sets variables in the text of a `.env` file. Lines of other variables, comments and their order
 * stay as they are; a variable that is there is changed in its place, a new one goes to the end.
 *
 * @throws where the result would not read as meant: a value over several lines, say
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
  if (!reads(text, result, block)) {
    throw new CliError('The file has lines that aura cannot change safely', {
      fix: 'Take its AURA_ lines out, then run the command again.',
    });
  }
  return result;
}

/** A parser of its own has the last word: ours are set, and every other variable is as it was. */
function reads(before: string, after: string, block: EnvBlock): boolean {
  const found = parseEnv(after);
  const wanted = { ...parseEnv(before), ...block };
  return (
    Object.keys(found).length === Object.keys(wanted).length &&
    Object.entries(wanted).every(([name, value]) => found[name] === value)
  );
}

/** The text of a file that is about to be changed; empty where there is none. */
export async function readEnvFile(path: string): Promise<string> {
  try {
    const facts = await lstat(path);
    if (!facts.isFile()) {
      throw new CliError(`${path} is not a plain file`, { fix: 'Give --write another file.' });
    }
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Puts the text in the file's place at once; a new file is for its owner alone. */
export async function writeEnvFile(path: string, text: string): Promise<void> {
  await replaceFile(path, text, (await modeOf(path)) ?? 0o600);
}
