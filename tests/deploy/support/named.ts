import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Ask, Reply } from '../../acceptance/support/serve-request.js';
import type { Daemon } from '../../harness/daemon.js';
import { HOST } from './shipped.js';

/** One request to the host name of the shipped configurations. */
export function askHost(
  proxy: Daemon,
  target: string,
  { method = 'GET', headers, body }: Ask = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { protocol, port } = new URL(proxy.url);
    const send = protocol === 'https:' ? requestTls : requestPlain;
    const sent = send(
      {
        host: '127.0.0.1',
        port,
        path: target,
        method,
        agent: false,
        servername: HOST,
        rejectUnauthorized: false, // self-signed
        headers: { Host: HOST, ...headers },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const { statusCode = 0, headers } = response;
          resolve({ status: statusCode, headers, body: Buffer.concat(chunks) });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Path and query of a URL. */
export function targetOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** A form with one file, as a browser sends it. */
export async function uploadRequest(token: string, file: Uint8Array): Promise<Ask> {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(file)]), 'photo.jpg');
  const request = new Request('http://unused.example', { method: 'POST', body: form });
  const body = new Uint8Array(await request.arrayBuffer());
  const headers = {
    'X-Aura-Signature': token,
    'Content-Type': request.headers.get('content-type') ?? '',
    'Content-Length': String(body.length),
  };
  return { method: 'POST', headers, body };
}
