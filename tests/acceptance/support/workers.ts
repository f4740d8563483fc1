import { drawing } from '../../files/pictures.js';
import { ask, type Reply } from './serve-request.js';

/** Which process gave an answer: all its answers have the same there. */
export function processOf({ headers }: Reply): string {
  return String(headers['x-request-id']).split('-')[0] ?? '';
}

export function processesOf(replies: readonly Reply[]): number {
  return new Set(replies.map(processOf)).size;
}

/** Sends a small picture on a connection of its own. */
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

/** Does something so often, a few at once. */
export async function spread<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  while (done.length < times) {
    const together = Math.min(4, times - done.length);
    done.push(...(await Promise.all(Array.from({ length: together }, work))));
  }
  return done;
}
