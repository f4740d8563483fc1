import { prettyFactory } from 'pino-pretty';

/** A line of the log. */
interface Entry {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly [name: string]: unknown;
}

const CONTROL = /(?!\n)\p{Cc}/gu;

/** Formats lines of JSON for people. Texts of clients cannot control the terminal. */
export function createFormat(colorize?: boolean): (line: string) => string {
  const format = prettyFactory({
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname',
    singleLine: true,
    ...(colorize !== undefined && { colorize }),
  });
  return (line) => {
    const entry = JSON.parse(line, withoutControl) as Entry;
    return format(entry.msg === 'request' ? summarize(entry) : entry);
  };
}

/** A request in one line. Its id is shown where somebody may look for it. */
function summarize({ method, path, route, status, durationMs, ...entry }: Entry): Entry {
  const { client: _c, project: _p, traceId: _t, requestId, ...rest } = entry;
  const hasFailed = Number(status) >= 400;
  return {
    ...rest,
    ...(hasFailed && { requestId }),
    msg: `${method} ${path ?? `(${route})`} ${status} in ${durationMs} ms`,
  } as Entry;
}

/** Only the format itself sets colours. Stacks keep their lines. */
function withoutControl(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(CONTROL, escaped) : value;
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
