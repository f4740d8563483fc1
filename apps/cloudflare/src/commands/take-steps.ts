import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SETUP_PATH, type SetUp } from '../first-steps.js';

/** How long a new deployment may take until it responds everywhere, in milliseconds. */
const READY_MS = 60_000;
const RETRY_MS = 1000;

export interface TakeStepsOptions {
  /** Base URL of the Worker, without a trailing slash. */
  readonly url: string;
  readonly setupToken: string;
  /** Where secrets are kept that are not shown. */
  readonly folder: string;
  /** Whether `write` writes to a terminal. Any other output may be a log, which must hold no secret. */
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  readonly fetch?: typeof fetch;
  readonly wait?: (milliseconds: number) => Promise<void>;
}

/**
 * Lets a Worker take the first steps, and shows them as `npm start` does. What a broken attempt has done is shown too: the
 * first project's secret key is in one response only.
 *
 * @returns the addresses of the Worker
 * @throws {Error} if it does not take them within a minute
 */
export async function takeSteps(
  options: TakeStepsOptions,
): Promise<Pick<SetUp, 'cdnUrl' | 'appUrl'>> {
  const { url, folder, isTerminal, write, wait = sleep } = options;
  const until = Date.now() + READY_MS;
  /** What this start has written, by file. */
  const written = new Map<string, string>();
  for (;;) {
    const answer = await ask(options, until);
    for (const step of typeof answer === 'string' ? [] : answer.steps) {
      if (step.do === 'say') {
        write(step.text);
        continue;
      }
      const path = join(folder, basename(step.path));
      if (step.do === 'remove') await rm(path, { force: true });
      else if (isTerminal) write(`${step.text}\n`);
      else {
        const text = `${written.get(path) ?? ''}${step.text}\n`;
        written.set(path, text);
        await writeSecret(path, text);
        write(`${step.instead}\n`);
      }
    }
    const problem = typeof answer === 'string' ? answer : answer.problem;
    if (typeof answer !== 'string' && problem === undefined) return answer;
    if (Date.now() > until) throw new Error(`${url} cannot be set up: ${problem}`);
    await wait(RETRY_MS);
  }
}

/** @returns a text if there is no such response: why */
async function ask(
  { url, setupToken, folder, fetch: send = fetch }: TakeStepsOptions,
  until: number,
): Promise<SetUp | string> {
  const headers = {
    Authorization: `Bearer ${setupToken}`,
    'Aura-Folder': encodeURIComponent(folder),
  };
  try {
    const signal = AbortSignal.timeout(Math.max(RETRY_MS, until - Date.now()));
    const response = await send(`${url}${SETUP_PATH}`, { method: 'POST', headers, signal });
    const text = await response.text();
    if (response.headers.get('content-type')?.startsWith('application/json')) {
      const body = JSON.parse(text) as Partial<SetUp>;
      if (body.steps !== undefined) return body as SetUp;
    }
    return `${response.status} ${text.slice(0, 300)}`;
  } catch (error) {
    return String(error); // the Worker does not answer yet
  }
}

/**
 * The master key in a file, which is made if there is none.
 *
 * @throws {Error} if the file cannot be read: another key would make the secrets in the database unreadable
 */
export async function masterKeyAt(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const made = randomBytes(32).toString('hex');
  await writeSecret(path, `${made}\n`);
  return made;
}

/** Writes a file that only its owner can read. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}
