import { connect } from 'node:net';
import { isWorker } from '../../harness/program.js';

export interface RawReply {
  readonly status: number;
  /** Names are lower-case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Timeout for a server that neither responds nor closes: a hang fails the test with this error. */
const HANG_MS = 10_000;

/**
 * Writes bytes to a new connection and returns everything received until the server closes it. For
 * requests that no client would send. Send `Connection: close`, or bytes that make the server close.
 *
 * @param isWhole closes it before, after what has been received
 */
export function talk(
  url: string,
  bytes: string | Uint8Array,
  isWhole: (heard: string) => boolean = () => false,
): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(port), hostname);
    socket.setTimeout(HANG_MS, () => socket.destroy(new Error(`no end in sight after: ${heard}`)));
    socket.setEncoding('latin1').on('data', (text: string) => {
      heard += text;
      if (isWhole(heard)) socket.destroy();
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // Closed while still sending: what was received is the response.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') resolve(heard);
      else reject(error);
    });
    socket.once('close', () => resolve(heard));
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

/** A request with these lines and `Connection: close`. */
export function lines(...head: readonly string[]): string {
  return `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

/** Requests a target exactly as written. */
export async function rawRead(url: string, target: string, method = 'GET'): Promise<RawReply> {
  const request = lines(`${method} ${target} HTTP/1.1`, 'Host: images.test');
  return parseReply(await talk(url, request, isWorker() ? isReply(method) : undefined));
}

/** workerd leaves the connection open for a while. */
function isReply(method: string): (text: string) => boolean {
  return (text) => {
    if (!text.includes('\r\n\r\n')) return false;
    const { headers, body } = parseReply(text);
    if (method === 'HEAD') return true;
    if (headers.has('transfer-encoding')) return text.endsWith('\r\n0\r\n\r\n');
    return body.length >= Number(headers.get('content-length') ?? 0);
  };
}

export function parseReply(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...fields] = text.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);
  const headers = new Map(
    fields.map((field) => {
      const colon = field.indexOf(':');
      return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
    }),
  );
  const body = text.slice(end + 4);
  return { status, headers, body: headers.has('transfer-encoding') ? unchunk(body) : body };
}

/** Number of responses on a connection. */
export function countReplies(text: string): number {
  return text.match(/^HTTP\/1\.1 \d{3} /gm)?.length ?? 0;
}

function unchunk(text: string): string {
  const mark = text.indexOf('\r\n');
  const length = Number.parseInt(text.slice(0, mark), 16);
  if (!(length > 0)) return '';
  const start = mark + 2;
  return text.slice(start, start + length) + unchunk(text.slice(start + length + 2));
}
