import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Host } from '../host.js';
import { runAura } from '../run.js';

export interface AuraRun {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

export interface AuraSetup {
  readonly env?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  readonly signal?: AbortSignal;
  readonly openBrowser?: Host['openBrowser'];
}

/** A home and a working folder, and `aura` run in them without a process of its own. */
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
    async run(argv, { env = {}, terminal = false, signal, openBrowser } = {}) {
      const [stdin, stdout, stderr] = [stream(terminal), stream(terminal), stream(terminal)];
      const [out, err] = [text(stdout), text(stderr)];
      const exit = await runAura(argv, {
        env: { AURA_API_URL: apiUrl, ...env },
        cwd,
        home,
        user: 'kim',
        machine: 'desk',
        version: '1.2.3',
        stdin,
        stdout,
        stderr,
        signal: signal ?? new AbortController().signal,
        openBrowser: openBrowser ?? (async () => false),
      });
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

function stream(isTTY: boolean): PassThrough & { isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY });
}
