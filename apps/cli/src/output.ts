import { clearLine, cursorTo } from 'node:readline';
import { styleText } from 'node:util';
import type { Host, TerminalOutput } from './host.js';

type Style = 'green' | 'red' | 'yellow' | 'dim' | 'bold';

/** Results go to standard output, everything said beside them to standard error. */
export interface Output {
  print(text: string): void;
  /** One JSON text on a line of its own (NDJSON where there are several). */
  json(value: unknown): void;
  note(text: string): void;
  warn(text: string): void;
  /** A line at the bottom of a terminal that is written over and over; nothing elsewhere. */
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

/** Colours are for terminals, and not where NO_COLOR asks for none (no-color.org). */
export function hasColours(stream: TerminalOutput, env: Host['env']): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

function paint(stream: TerminalOutput, env: Host['env'], style: Style, text: string): string {
  return hasColours(stream, env) ? styleText(style, text) : text;
}

/**
 * A text of somebody else, such as a name or a message of the server, without the characters that
 * would steer a terminal.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
