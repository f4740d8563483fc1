import { createHash } from 'node:crypto';
import { makeSecret, SERVE_COOKIE, SERVE_SECRET_PREFIX, signServeToken } from '@auraimage/protocol';
import type { Api } from '../api.js';
import { type Check, expect, fail, fetchRaw, ok, type RawResponse, warn } from './checks.js';

const PROXY = 'Something in front of the server changes this: check its configuration.';
const CACHE =
  'A cache in front of the server must not keep private images: let it honour Cache-Control, and keep the query string in its cache key.';
const STALE_COPY =
  'A cache in front of the server still serves its copy: keep public images out of it, or purge them when they become private.';

interface Target {
  /** Address without a token. */
  readonly url: string;
  /** The same with a valid token; null where none can be signed. */
  readonly signed: string | null;
  readonly project: string;
  readonly key: string;
}

/** Reads a private image in every way that matters, with and without a valid token. */
export async function* checkReads(
  target: Target & { readonly bytes: Uint8Array },
): AsyncGenerator<Check> {
  const { url, signed, bytes } = target;
  yield refusal('no_token', 'without a token', await fetchRaw(url), 'signed_token_required');
  yield refusal('wrong_secret', 'with a wrong secret', await forged(target), 'serve_token_invalid');
  if (signed === null) return;
  const read = await fetchRaw(signed);
  if (read === null || read.status !== 200) {
    const found = read === null ? 'does not answer' : `answers ${read.status} ${read.code}`;
    yield fail('read', `A signed link ${found}`, 'Run aura doctor with the link of an image.');
    return;
  }
  yield expect(
    Buffer.from(read.bytes).equals(bytes),
    'read',
    'A signed link serves the uploaded bytes',
    'A signed link serves other bytes than were uploaded',
    'Something in front of the server changes images: turn its image optimisation off.',
  );
  yield* checkHeaders(read);
  yield* checkDigest(read);
  yield await checkHead(signed, bytes.length);
  yield await checkRange(signed, bytes);
  yield await checkConditional(signed, read.headers.get('etag'));
  // A shared cache that stores it would have it by now.
  yield await checkShared(signed);
  yield await checkCookie(url, signed);
  yield refusal(
    'no_token_again',
    'without a token after it was read with one',
    await fetchRaw(url),
    'signed_token_required',
  );
}

function refusal(id: string, how: string, answer: RawResponse | null, code: string): Check {
  const right = answer?.status === 403 && answer.code === code;
  if (right && /no-store/.test(answer.headers.get('cache-control') ?? '')) {
    return ok(id, `A private image ${how} is refused (403)`);
  }
  const found = answer === null ? 'nothing' : `${answer.status} ${answer.code}`.trim();
  if (right)
    return fail(id, `The refusal ${how} may be stored by caches: no-store is missing`, PROXY);
  return fail(id, `A private image ${how} answers ${found}, not 403`, CACHE);
}

async function forged({ url, project, key }: Target): Promise<RawResponse | null> {
  const iat = Math.floor(Date.now() / 1000);
  const secret = makeSecret(SERVE_SECRET_PREFIX);
  return fetchRaw(
    `${url}?token=${await signServeToken({ p: project, f: key, exp: iat + 300, iat }, secret)}`,
  );
}

function* checkHeaders({ headers }: RawResponse): Generator<Check> {
  const wanted: readonly (readonly [name: string, form: RegExp])[] = [
    ['cache-control', /^private, max-age=300$/],
    ['x-content-type-options', /^nosniff$/i],
    ['content-security-policy', /default-src 'none'.*sandbox|sandbox.*default-src 'none'/],
    ['content-type', /^image\/png$/],
    ['cross-origin-resource-policy', /^cross-origin$/],
    ['etag', /^"[^"]+"$/],
  ];
  for (const [name, form] of wanted) {
    const value = headers.get(name);
    yield expect(
      value !== null && form.test(value),
      `header_${name.replaceAll('-', '_')}`,
      `${name}: ${value}`,
      value === null ? `${name} is missing` : `${name} is ${value.slice(0, 200)}`,
      PROXY,
    );
  }
}

/** Absent where the project gives readers no masters with metadata. */
function* checkDigest({ headers, bytes }: RawResponse): Generator<Check> {
  const digest = headers.get('repr-digest');
  if (digest === null) return;
  const sha256 = createHash('sha256').update(bytes).digest('base64');
  yield expect(
    digest === `sha-256=:${sha256}:`,
    'digest',
    'Repr-Digest is the SHA-256 of the bytes',
    `Repr-Digest is ${digest.slice(0, 100)}, not the SHA-256 of the bytes`,
    PROXY,
  );
}

async function checkHead(signed: string, length: number): Promise<Check> {
  const head = await fetchRaw(signed, { method: 'HEAD' });
  const right = head?.status === 200 && head.headers.get('content-length') === String(length);
  const wrong = `HEAD answers ${head?.status ?? 'nothing'}, or not with the length of the image`;
  return expect(right, 'head', 'HEAD gives the length', wrong, PROXY);
}

async function checkRange(signed: string, bytes: Uint8Array): Promise<Check> {
  const part = await fetchRaw(signed, { headers: { Range: 'bytes=4-11' } });
  const right =
    part?.status === 206 &&
    part.headers.get('content-range') === `bytes 4-11/${bytes.length}` &&
    Buffer.from(part.bytes).equals(bytes.slice(4, 12));
  const wrong = `A range answers ${part?.status ?? 'nothing'}, not 206 with that part`;
  return expect(right, 'range', 'A range gives that part (206)', wrong, PROXY);
}

async function checkConditional(signed: string, etag: string | null): Promise<Check> {
  const again = await fetchRaw(signed, { headers: { 'If-None-Match': etag ?? '' } });
  const wrong = `If-None-Match answers ${again?.status ?? 'nothing'}, not 304`;
  const right = again?.status === 304;
  return expect(right, 'not_modified', 'An unchanged image is not sent again (304)', wrong, PROXY);
}

/** Reads with the token in a cookie, which whatever is in front of the server may remove. */
async function checkCookie(url: string, signed: string): Promise<Check> {
  const token = new URL(signed).searchParams.get('token');
  const read = await fetchRaw(url, { headers: { Cookie: `${SERVE_COOKIE}=${token}` } });
  if (read?.code === 'signed_token_required') {
    return warn(
      'cookie',
      'Tokens in cookies do not reach the server',
      'If your app sets them: let requests for images keep the cookie aura-token.',
    );
  }
  const varies = /\bcookie\b/i.test(read?.headers.get('vary') ?? '');
  return expect(
    read?.status === 200 && varies,
    'cookie',
    'A token in a cookie opens the image, and Vary says so',
    `With a token in a cookie it answers ${read?.status ?? 'nothing'}, Vary: ${read?.headers.get('vary') ?? 'none'}`,
    PROXY,
  );
}

/** Marks of a shared cache: Age (RFC 9111 §5.1) and what products add. */
async function checkShared(signed: string): Promise<Check> {
  const headers = (await fetchRaw(signed))?.headers ?? new Headers();
  const age = Number(headers.get('age') ?? 0);
  const marks = ['x-cache', 'cf-cache-status', 'x-cache-status', 'cdn-cache', 'x-proxy-cache'];
  const hit = marks.find((name) => /\bhit\b/i.test(headers.get(name) ?? ''));
  if (!(age > 0) && hit === undefined) {
    return ok('shared_cache', 'No shared cache keeps the private image');
  }
  const sign = hit === undefined ? `age: ${age}` : `${hit}: ${headers.get(hit)}`;
  return warn('shared_cache', `A shared cache seems to have the private image (${sign})`, CACHE);
}

/** Makes the image public and private again; each read must follow at once. */
export async function* checkFlip(target: Target & { readonly api: Api }): AsyncGenerator<Check> {
  const { api, url, signed, project, key } = target;
  await setVisibility(api, project, key, 'public');
  const open = await fetchRaw(url);
  yield expect(
    open?.status === 200,
    'flip_public',
    'Made public, it opens without a token',
    `Made public, it answers ${open?.status ?? 'nothing'} without a token`,
    'A cache in front of the server keeps refusals: let it honour Cache-Control: no-store.',
  );
  if (open?.status === 200) {
    const control = open.headers.get('cache-control') ?? '';
    yield expect(
      control === 'public, max-age=31536000, immutable',
      'public_cache_control',
      'A public image may be kept for a year',
      `The Cache-Control of a public image is ${control || 'missing'}`,
      'Something in front of the server changes Cache-Control: let it through.',
    );
  }
  await setVisibility(api, project, key, 'private');
  const closed = await fetchRaw(url);
  yield expect(
    closed?.status === 403,
    'flip_private',
    'Made private again, it is refused at once',
    `Made private again, it still answers ${closed?.status ?? 'nothing'} without a token`,
    STALE_COPY,
  );
  if (signed === null) return;
  const again = await fetchRaw(signed);
  if (again?.status === 200) return;
  yield fail(
    'flip_signed',
    `After the change a signed link answers ${again?.status ?? 'nothing'}`,
    'See the log of the server.',
  );
}

async function setVisibility(
  api: Api,
  project: string,
  key: string,
  visibility: 'public' | 'private',
): Promise<void> {
  await api((client) =>
    client.PATCH('/v1/images/{project}/{key}', {
      params: { path: { project, key } },
      body: { visibility },
    }),
  );
}
