import { readFile } from 'node:fs/promises';
import type { LocalWorker } from '../../apps/cloudflare/dist/src/commands/local.js';
import { listening, type Running, START_LIMIT_MS } from './launch.js';
import { createOnce } from './worker.js';

const PROGRAM = new URL('../../apps/cloudflare/dist/worker/worker.js', import.meta.url);
/** The cost of a password hash in the program, and another with which it takes no time. */
const SLOW = 'N:16384';
const QUICK = 'N:16';

const quickProgram = createOnce(async () => {
  const [before = '', after, ...more] = (await readFile(PROGRAM, 'utf8')).split(SLOW);
  if (after === undefined || more.length > 0) throw new Error(`${SLOW} is not in the Worker once`);
  return before + QUICK + after;
});

/** Starts the Worker beside the test: what `npm run dev:cloudflare` does in a process of its own. */
export function launchWorker(
  environment: Readonly<Record<string, string>>,
  slowHashes = false,
): Running {
  let [output, log] = ['', ''];
  let worker: LocalWorker | undefined;
  let ending: Promise<void> | undefined;
  const start = async () => {
    // Not at the top: other projects have no use for miniflare.
    const { createLocalWorker } = await import('../../apps/cloudflare/dist/src/commands/local.js');
    worker = await createLocalWorker({
      environment,
      isTerminal: false,
      write: (text) => {
        output += text;
      },
      writeLog: (text) => {
        log += text;
      },
      program: slowHashes ? undefined : await quickProgram(),
    });
    await worker.start();
    const found = listening(output);
    if (found === undefined) throw new Error('the Worker does not say where it listens');
    return found;
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the Worker did not start in time')), START_LIMIT_MS);
  });
  return {
    url: Promise.race([start(), late])
      .catch((error: unknown) => {
        throw new Error(`${error}\n${output}\n${log}`);
      })
      .finally(() => clearTimeout(timer)),
    output: () => output,
    log: () => log,
    async end() {
      ending ??= worker?.stop();
      await ending;
      return 0;
    },
    // Miniflare ends workerd with this process.
    killNow() {},
  };
}
