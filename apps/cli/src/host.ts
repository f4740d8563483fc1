import type { Readable, Writable } from 'node:stream';

/** A stream that may be a terminal. */
export type TerminalOutput = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What `aura` needs from the process that it runs in; tests give their own. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The user's home folder. */
  readonly home: string;
  /** Name of the user and of the machine: names of tokens and keys are made from them. */
  readonly user: string;
  readonly machine: string;
  readonly version: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: TerminalOutput;
  readonly stderr: TerminalOutput;
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Opens a page in the user's browser; false where there is none. */
  readonly openBrowser: (url: string) => Promise<boolean>;
}
