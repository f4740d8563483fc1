import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
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
}

/**
 * Lets a Worker take the first steps, and shows them as `npm start` does.
 *
 * @returns the addresses of the Worker
 * @throws {Error} if it does not answer within a minute
 */
export async function takeSteps(
  options: TakeStepsOptions,
): Promise<Pick<SetUp, 'cdnUrl' | 'appUrl'>> {
  const { isTerminal, write } = options;
  const { steps, cdnUrl, appUrl } = await ask(options);
  /** What this start has written, by file. */
  const written = new Map<string, string>();
  for (const step of steps) {
    if (step.do === 'remove') await rm(step.path, { force: true });
    else if (step.do === 'say') write(step.text);
    else if (isTerminal) write(`${step.text}\n`);
    else {
      const text = `${written.get(step.path) ?? ''}${step.text}\n`;
      written.set(step.path, text);
      await writeSecret(step.path, text);
      write(`${step.instead}\n`);
    }
  }
  return { cdnUrl, appUrl };
}

async function ask({
  url,
  setupToken,
  folder,
  fetch: send = fetch,
}: TakeStepsOptions): Promise<SetUp> {
  const headers = { Authorization: `Bearer ${setupToken}`, 'Aura-Folder': folder };
  const until = Date.now() + READY_MS;
  for (;;) {
    const answer = await send(`${url}${SETUP_PATH}`, { method: 'POST', headers }).then(
      async (response) => ({
        ok: response.ok,
        status: response.status,
        text: await response.text(),
      }),
      (error: unknown) => ({ ok: false, status: 0, text: String(error) }),
    );
    if (answer.ok) return JSON.parse(answer.text) as SetUp;
    if (Date.now() > until) {
      throw new Error(`${url} cannot be set up: ${answer.status} ${answer.text.slice(0, 300)}`);
    }
    await wait(RETRY_MS);
  }
}

/** Writes a file that only its owner can read. */
export async function writeSecret(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, text, { mode: 0o600, flush: true } as { mode: number });
  await rename(draft, path);
}
