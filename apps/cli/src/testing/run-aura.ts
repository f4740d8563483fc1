import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Host } from '../host.js';
import { runAura } from '../run.js';

interface AuraRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

interface AuraSetup {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  /** What standard input has; without it, it stays open and says nothing. */
  readonly input?: Iterable<Buffer>;
  readonly signal?: AbortSignal;
  /** Keys to press when these words appear; each once, in this order. */
  readonly keys?: readonly (readonly [shown: string, keys: string])[];
  readonly openBrowser?: Host['openBrowser'];
}

/** A home and a working folder, in which `aura` runs inside the test process. */
export interface Sandbox {
  readonly home: string;
  readonly cwd: string;
  run(argv: readonly string[], setup?: AuraSetup): Promise<AuraRun>;
  remove(): Promise<void>;
}

export async function createSandbox(apiUrl: string): Promise<Sandbox> {
  const home = await mkdtemp(join(tmpdir(), 'aura-home-'));
  const cwd = await mkdtemp(join(tmpdir(), 'aura-work-'));
  return {
    home,
    cwd,
    async run(argv, { env = {}, terminal = false, input, signal, openBrowser, keys = [] } = {}) {
      const [stdin, stdout, stderr] = [stream(terminal), stream(terminal), stream(terminal)];
      const [out, err] = [text(stdout), text(stderr)];
      press(stdin, stderr, keys);
      if (input !== undefined) Readable.from(input).pipe(stdin);
      const host = createHost({
        env: { AURA_API_URL: apiUrl, ...env },
        cwd,
        home,
        stdin,
        stdout,
        stderr,
        ...(signal && { signal }),
        ...(openBrowser && { openBrowser }),
      });
      const exit = await runAura(argv, host);
      stdout.end();
      stderr.end();
      return { exit, out: await out, err: await err };
    },
    async remove() {
      await rm(home, { recursive: true, force: true });
      await rm(cwd, { recursive: true, force: true });
    },
  };
}

/** A host without anything in its environment, whose streams are kept in memory. */
export function createHost(given: Partial<Host> = {}): Host {
  return {
    env: {},
    cwd: '/',
    home: '/',
    user: 'kim',
    machine: 'desk',
    version: '1.2.3',
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    signal: new AbortController().signal,
    openBrowser: async () => false,
    ...given,
  };
}

/** A stream with the width of a usual terminal that may be a TTY. */
function stream(isTTY: boolean) {
  return Object.assign(new PassThrough(), { isTTY, columns: 80, rows: 24, setRawMode: () => {} });
}

function press(stdin: PassThrough, shown: PassThrough, keys: AuraSetup['keys'] = []): void {
  const waiting = [...keys];
  let recent = '';
  shown.on('data', (chunk) => {
    recent += chunk;
    const [words, pressed] = waiting[0] ?? [];
    if (words === undefined || !recent.includes(words)) return;
    waiting.shift();
    recent = '';
    // After the prompt is drawn and listens.
    setImmediate(() => stdin.write(pressed));
  });
}
