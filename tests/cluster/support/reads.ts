import { createHash } from 'node:crypto';
import { type Agent, type IncomingHttpHeaders, request } from 'node:http';

/** Longest that any request may take, on a machine with much other work: image processes give way to everything. */
export const REQUEST_LIMIT_MS = 60_000;

/** One way to read an image. */
export interface ReadKind {
  readonly name: string;
  readonly method: 'GET' | 'HEAD';
  /** Of the address `/{project}/{key}`, without a token. */
  readonly query?: string;
  readonly path?: 'blurhash';
  readonly headers?: Readonly<Record<string, string>>;
  /** A response with the image: its status, and the SHA-256 of its body. */
  readonly given: { readonly status: 200 | 206 | 304; readonly sha256: string };
  /** SHA-256 of the body after it was re-encoded with more effort, once that was read. */
  readonly reencoded?: { sha256?: string };
  /** SHA-256 of the master, which a server sends when its image process failed, and says so. */
  readonly fallback?: string;
}

/** The result of one read. */
export interface Seen {
  readonly image: string;
  readonly kind: string;
  /** Name of the requested server, or `nginx`. */
  readonly through: string;
  readonly signed: boolean;
  /** `performance.now()` before it was sent, and when the response was complete or had failed. */
  readonly began: number;
  readonly ended: number;
  /** 0: the connection failed, before or during the response. */
  readonly status: number;
  /** `X-Aura-Error`, or the fault of a response that should have had the image. */
  readonly code: string;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Target {
  readonly name: string;
  readonly url: string;
}

export interface ReadTask {
  readonly image: { readonly project: string; readonly key: string };
  readonly kind: ReadKind;
  readonly target: Target;
  /** A serve token, or an empty text for an unsigned read. */
  readonly token: string;
  readonly agent: Agent | false;
}

/** Reads an image in one way and returns the result. Never rejects. */
export async function readOnce({ image, kind, target, token, agent }: ReadTask): Promise<Seen> {
  const { project, key } = image;
  const place = kind.path === 'blurhash' ? `/v1/blurhash/${project}/${key}` : `/${project}/${key}`;
  const query = [kind.query ?? '', token === '' ? '' : `token=${token}`].filter(Boolean).join('&');
  const url = `${target.url}${place}${query === '' ? '' : `?${query}`}`;
  const began = performance.now();
  const tell = (status: number, code: string): Seen => ({
    image: key,
    kind: kind.name,
    through: target.name,
    signed: token !== '',
    began,
    ended: performance.now(),
    status,
    code,
  });
  try {
    const answer = await get(url, kind, agent);
    const { status } = answer;
    if (status >= 400) return tell(status, refusalCode(kind, answer));
    return tell(status, wrong(kind, answer));
  } catch (error) {
    return tell(0, error instanceof Error ? error.message : String(error));
  }
}

/** The code of an error response, or a description of what the response lacks. */
function refusalCode({ method }: ReadKind, { status, headers, body }: Answer): string {
  const code = headers['x-aura-error'];
  if (code === undefined) return 'no code';
  if (headers['cache-control'] !== 'no-store') return 'may be kept';
  if (status === 503 && headers['retry-after'] === undefined) return 'no Retry-After';
  if (method === 'GET' && !/^\{"message":"[^"]+"\}$/.test(body.toString())) return 'no message';
  return String(code);
}

/** The fault of a response with the image; an empty text if there is none. */
function wrong(
  { method, given, reencoded, fallback }: ReadKind,
  { status, headers, body }: Answer,
): string {
  if (status !== given.status) return `status ${status} in place of ${given.status}`;
  if (method === 'HEAD' || status === 304) return body.length === 0 ? '' : 'a body';
  if (Number(headers['content-length']) !== body.length) return 'another length than it says';
  const isFallback = headers['x-aura-fallback'] === 'master';
  const hash = sha256(body);
  let known = isFallback ? fallback : given.sha256;
  // The name in the `ETag` says how the bytes were made. They are the same on every server.
  if (reencoded !== undefined && headers.etag?.endsWith('-thorough"')) {
    reencoded.sha256 ??= hash;
    known = reencoded.sha256;
  }
  return known === hash ? '' : `other bytes: ${headers.etag}`;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Sends one read; rejects when the connection fails, or after {@link REQUEST_LIMIT_MS}. */
function get(
  url: string,
  { method = 'GET', headers = {} }: Partial<Pick<ReadKind, 'method' | 'headers'>> = {},
  agent: Agent | false = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        clearTimeout(timer);
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: Buffer.concat(chunks) });
      });
    });
    const timer = setTimeout(() => sent.destroy(new Error(NO_END)), REQUEST_LIMIT_MS);
    sent.once('close', () => clearTimeout(timer));
    sent.once('error', reject);
    sent.end();
  });
}

/** The error of a request that timed out. */
export const NO_END = 'no end of the answer in time';

interface ReadablePlace {
  readonly cdnUrl: string;
  readonly project: string;
  readonly key: string;
  readonly token: string;
}

/** The kinds of reads, for a picture with known bytes and known first responses. */
export async function readKinds(
  { cdnUrl, project, key, token }: ReadablePlace,
  file: Buffer,
  variants: readonly string[],
): Promise<ReadKind[]> {
  const whole = sha256(file);
  const part = sha256(file.subarray(100, 300));
  const kinds: ReadKind[] = [
    { name: 'master', method: 'GET', given: { status: 200, sha256: whole } },
    { name: 'master HEAD', method: 'HEAD', given: { status: 200, sha256: '' } },
    {
      name: 'range',
      method: 'GET',
      headers: { Range: 'bytes=100-299' },
      given: { status: 206, sha256: part },
    },
    {
      name: 'If-None-Match',
      method: 'GET',
      headers: { 'If-None-Match': `"${whole}"` },
      given: { status: 304, sha256: '' },
    },
    {
      name: 'If-None-Match *',
      method: 'GET',
      headers: { 'If-None-Match': '*' },
      given: { status: 304, sha256: '' },
    },
  ];
  for (const query of variants) {
    const url = `${cdnUrl}/${project}/${key}?${query}&token=${token}`;
    const { status, body } = await get(url);
    if (status !== 200) throw new Error(`${query} was answered ${status}`);
    const given = { status: 200, sha256: sha256(body) } as const;
    kinds.push({ name: query, method: 'GET', query, given, reencoded: {}, fallback: whole });
    kinds.push({ name: `${query} HEAD`, method: 'HEAD', query, given });
  }
  const { body } = await get(`${cdnUrl}/v1/blurhash/${project}/${key}?token=${token}`);
  const given = { status: 200, sha256: sha256(body) } as const;
  return [...kinds, { name: 'blurhash', method: 'GET', path: 'blurhash', given }];
}
