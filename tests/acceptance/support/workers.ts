import { once } from 'node:events';
import { connect } from 'node:net';
import { drawing } from '../../files/pictures.js';
import { ask, type Reply } from './serve-request.js';

/** Identifies the process of a response: the same for all its responses. */
export function processOf({ headers }: Reply): string {
  return String(headers['x-request-id']).split('-')[0] ?? '';
}

export function processesOf(replies: readonly Reply[]): number {
  return new Set(replies.map(processOf)).size;
}

/** Uploads a small image on its own connection. */
export async function uploadFreshly(url: string, token: string): Promise<Reply> {
  const form = new FormData();
  const jpeg = new Uint8Array(await drawing(64, 48).jpeg().toBuffer());
  form.append('file', new Blob([jpeg]), 'photo.jpg');
  const encoded = new Response(form);
  const headers = {
    'X-Aura-Signature': token,
    'Content-Type': encoded.headers.get('content-type') ?? '',
  };
  const body = new Uint8Array(await encoded.arrayBuffer());
  return ask(`${url}/v1/upload`, { method: 'POST', headers, body });
}

/** Starts an upload; resolves when the server waits for its body, an empty form that `end` sends. */
export async function uploadUnderWay(
  url: string,
  token: string,
): Promise<{ end(): Promise<string> }> {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => {});
  const answer = async () => {
    const ended = socket.destroyed ? [] : once(socket, 'close');
    const [data] = await Promise.race([ended, once(socket, 'data')]);
    if (!Buffer.isBuffer(data)) throw new Error('the connection was cut');
    return data.toString();
  };
  socket.write(`POST /v1/upload HTTP/1.1\r\nHost: ${host}\r\nX-Aura-Signature: ${token}\r\n`);
  socket.write('Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n');
  socket.write('Expect: 100-continue\r\n\r\n');
  const invited = await answer();
  if (!invited.startsWith('HTTP/1.1 100 ')) throw new Error(`not invited: ${invited}`);
  return {
    end: async () => {
      socket.write('--x--');
      const text = await answer();
      socket.destroy();
      return text;
    },
  };
}

/** Repeats something, a few times concurrently. */
export async function spread<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  while (done.length < times) {
    const together = Math.min(4, times - done.length);
    done.push(...(await Promise.all(Array.from({ length: together }, work))));
  }
  return done;
}
