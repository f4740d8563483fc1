import { clearLine, cursorTo } from 'node:readline';
import { styleText } from 'node:util';
import type { Host, TerminalOutput } from './host.js';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Results go to standard output, everything else to standard error. */
export interface Output {
  print(text: string): void;
  /** One JSON text on a line of its own (NDJSON where there are several). */
  json(value: unknown): void;
  note(text: string): void;
  warn(text: string): void;
  /** A progress line at the bottom of a terminal, overwritten by the next one; nothing elsewhere. */
  status(text: string): void;
  /** Colours a text for standard output. */
  paint(style: Style, text: string): string;
}

export function createOutput({ env, stdout, stderr }: Host): Output {
  let statusShown = false;
  const clearStatus = () => {
    if (!statusShown) return;
    statusShown = false;
    cursorTo(stderr, 0);
    clearLine(stderr, 0);
  };
  const line = (stream: TerminalOutput, text: string) => {
    clearStatus();
    stream.write(`${text}\n`);
  };
  return {
    print: (text) => line(stdout, text),
    json: (value) => line(stdout, JSON.stringify(value)),
    note: (text) => line(stderr, text),
    warn: (text) => line(stderr, `${paint(stderr, env, 'yellow', 'Warning:')} ${text}`),
    status: (text) => {
      if (stderr.isTTY !== true) return;
      clearStatus();
      if (text === '') return;
      // A line that wraps could not be cleared again.
      stderr.write(text.slice(0, Math.max(1, (stderr.columns ?? 80) - 1)));
      statusShown = true;
    },
    paint: (style, text) => paint(stdout, env, style, text),
  };
}

/** Whether to use colours: at a terminal, unless NO_COLOR is set (no-color.org). */
export function hasColours(stream: TerminalOutput, env: Host['env']): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

function paint(stream: TerminalOutput, env: Host['env'], style: Style, text: string): string {
  return hasColours(stream, env) ? styleText(style, text) : text;
}

/**
 * Text from elsewhere, such as a file name or a message of the server, without terminal control
 * characters.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
