import { makeSecret, SERVE_SECRET_PREFIX, signServeToken } from '@auraimage/protocol';
import { type Check, expect, fail, ok, warn } from './report.js';
import { ask, type RawAnswer } from './requests.js';

const PROXY = 'Something in front of the server changes this: check its configuration.';
const CACHE =
  'A cache in front of the server must not keep private images: let it honour Cache-Control, and keep the query string in its cache key.';

export interface Target {
  /** Address without a token. */
  readonly url: string;
  readonly signed: string;
  readonly project: string;
  readonly key: string;
  /** The master's. */
  readonly bytes: Uint8Array;
}

/** Reads a private image in every way that matters, with and without the right to. */
export async function* checkReads(target: Target): AsyncGenerator<Check> {
  const { url, signed, bytes } = target;
  yield refusal('no_token', 'without a token', await ask(url), 'signed_token_required');
  yield refusal('wrong_secret', 'with a wrong secret', await forged(target), 'serve_token_invalid');
  const read = await ask(signed);
  if (read === null || read.status !== 200) {
    const found = read === null ? 'does not answer' : `answers ${read.status} ${read.code}`;
    yield fail('read', `A signed link ${found}`, 'Run aura doctor with the link of an image.');
    return;
  }
  yield expect(
    Buffer.from(read.bytes).equals(bytes),
    'read',
    'A signed link gives the image, to the byte',
    'A signed link gives other bytes than were uploaded',
    'Something in front of the server changes images: turn its image optimisation off.',
  );
  yield* checkHeaders(read);
  yield await checkHead(signed, bytes.length);
  yield await checkRange(signed, bytes);
  yield await checkConditional(signed, read.headers.get('etag'));
  // Read once, so a cache that keeps it would have it now.
  yield await checkShared(signed);
  yield refusal(
    'no_token_again',
    'without a token after it was read with one',
    await ask(url),
    'signed_token_required',
  );
}

function refusal(id: string, how: string, answer: RawAnswer | null, code: string): Check {
  const right = answer?.status === 403 && answer.code === code;
  if (right && /no-store/.test(answer.headers.get('cache-control') ?? '')) {
    return ok(id, `A private image ${how} is refused (403)`);
  }
  const found = answer === null ? 'nothing' : `${answer.status} ${answer.code}`.trim();
  if (right) return fail(id, `The refusal ${how} may be kept by caches: no-store is gone`, PROXY);
  return fail(id, `A private image ${how} answers ${found}, not 403`, CACHE);
}

async function forged({ url, project, key }: Target): Promise<RawAnswer | null> {
  const iat = Math.floor(Date.now() / 1000);
  const secret = makeSecret(SERVE_SECRET_PREFIX);
  return ask(
    `${url}?token=${await signServeToken({ p: project, f: key, exp: iat + 300, iat }, secret)}`,
  );
}

function* checkHeaders({ headers }: RawAnswer): Generator<Check> {
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

async function checkHead(signed: string, length: number): Promise<Check> {
  const head = await ask(signed, { method: 'HEAD' });
  const right = head?.status === 200 && head.headers.get('content-length') === String(length);
  const wrong = `HEAD answers ${head?.status ?? 'nothing'}, or not with the length of the image`;
  return expect(right, 'head', 'HEAD gives the length', wrong, PROXY);
}

async function checkRange(signed: string, bytes: Uint8Array): Promise<Check> {
  const part = await ask(signed, { headers: { Range: 'bytes=4-11' } });
  const right =
    part?.status === 206 &&
    part.headers.get('content-range') === `bytes 4-11/${bytes.length}` &&
    Buffer.from(part.bytes).equals(bytes.slice(4, 12));
  const wrong = `A range answers ${part?.status ?? 'nothing'}, not 206 with that part`;
  return expect(right, 'range', 'A range gives that part (206)', wrong, PROXY);
}

async function checkConditional(signed: string, etag: string | null): Promise<Check> {
  const again = await ask(signed, { headers: { 'If-None-Match': etag ?? '' } });
  const wrong = `If-None-Match answers ${again?.status ?? 'nothing'}, not 304`;
  const right = again?.status === 304;
  return expect(right, 'not_modified', 'An unchanged image is not sent again (304)', wrong, PROXY);
}

/** Marks of a shared cache: Age (RFC 9111 §5.1) and what products add. */
async function checkShared(signed: string): Promise<Check> {
  const headers = (await ask(signed))?.headers ?? new Headers();
  const age = Number(headers.get('age') ?? 0);
  const marks = ['x-cache', 'cf-cache-status', 'x-cache-status', 'cdn-cache', 'x-proxy-cache'];
  const hit = marks.find((name) => /\bhit\b/i.test(headers.get(name) ?? ''));
  if (!(age > 0) && hit === undefined) {
    return ok('shared_cache', 'No shared cache keeps the private image');
  }
  const sign = hit === undefined ? `age: ${age}` : `${hit}: ${headers.get(hit)}`;
  return warn('shared_cache', `A shared cache seems to have the private image (${sign})`, CACHE);
}
