import { readdir, readlink } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import type { TestServer } from '../../harness/server.js';
import { ask } from './serve-request.js';

export const METRICS_TOKEN = 'metrics-token-of-this-test';

/** A connection that reads nothing until resumed. */
export function openUnread(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}); // cut by the server: `close` follows
  return socket;
}

/** A request as text, with additional header lines. */
export function requestText(address: string, method = 'GET', ...lines: readonly string[]): string {
  const { pathname, search } = new URL(address);
  const head = [`${method} ${pathname}${search} HTTP/1.1`, 'Host: images.test', ...lines];
  return `${head.join('\r\n')}\r\n\r\n`;
}

/** Images and drafts that a server has open. */
export async function openImages({ process, dataDir }: TestServer): Promise<number> {
  const folder = `/proc/${process.pid}/fd`;
  const targets = (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => ''));
  return (await Promise.all(targets)).filter((path) => path.startsWith(`${dataDir}/store/`)).length;
}

/** The server's number of requests in flight, without this one. */
export async function inFlight({ url }: TestServer): Promise<number> {
  const headers = { Authorization: `Bearer ${METRICS_TOKEN}` };
  const text = (await ask(`${url}/metrics`, { headers })).body.toString();
  return Number(/^aura_requests_in_flight (\d+)$/m.exec(text)?.[1] ?? Number.NaN) - 1;
}

/** The URL at which this machine reaches a server with another public URL. */
export async function localUrlOf({ log, output }: TestServer): Promise<string> {
  // Standard error may arrive later than standard output.
  for (;;) {
    const shown = /"localUrl":"([^"]+)"|^# On this machine: (\S+)$/m.exec(log() + output());
    const url = shown?.[1] ?? shown?.[2];
    if (url !== undefined) return url;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
