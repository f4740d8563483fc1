import sharp from 'sharp';
import { startTestServer, type TestServer, type TestServerOptions } from '../../harness/server.js';
import { upload } from '../../harness/upload.js';
import { withQuery } from './serve-gallery.js';
import { type Ask, ask, type Reply } from './serve-request.js';

export type Visibility = 'public' | 'private';
export const VISIBILITIES = ['public', 'private'] as const;

/** An image on a server. */
export interface Shot {
  readonly key: string;
  /** Without a token. */
  readonly bare: string;
  /** Works for private and public images. */
  readonly signed: string;
  /** A URL that serves one of its variants. */
  of(query: string): string;
}

/** A longer wait means that the server hangs. */
const PATIENCE_MS = 50_000;

/** The parts of an image's responses that a client can see. */
export interface Look {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly alpha: boolean;
}

/** A server with very high limits, unless `env` sets others. */
export function openStudio({ env, ...options }: TestServerOptions = {}): Promise<TestServer> {
  return startTestServer({
    ...options,
    env: {
      AURA_LOG_LEVEL: 'warn',
      AURA_ENCODE_SECONDS_PER_MINUTE: '100000',
      AURA_UPLOADS_PER_MINUTE: '100000',
      ...env,
    },
  });
}

export async function addShot(
  server: Pick<TestServer, 'aura' | 'url'>,
  file: Uint8Array,
  visibility: Visibility,
  filename = 'photo.jpg',
): Promise<Shot> {
  const { key, url } = await upload(server, file, visibility, filename);
  return shotOf(server, key, url, visibility);
}

export async function shotOf(
  { aura }: Pick<TestServer, 'aura'>,
  key: string,
  bare: string,
  visibility: Visibility,
): Promise<Shot> {
  const signed = await aura.getSignedUrl(key, { expiresIn: 3600 });
  const open = visibility === 'private' ? signed : bare;
  return { key, bare, signed, of: (query) => withQuery(open, query) };
}

/** Decodes every pixel of a response; throws on failure. A master may cause remarks. */
export async function lookAt({ body }: Pick<Reply, 'body'>): Promise<Look> {
  const image = sharp(body, { animated: true, failOn: 'error' });
  const {
    format,
    compression,
    width,
    height,
    pages = 1,
    pageHeight,
    hasAlpha,
  } = await image.metadata();
  await image.stats();
  const type = format === 'heif' && compression === 'av1' ? 'avif' : format;
  return {
    type: `image/${type}`,
    width,
    height: pageHeight ?? height,
    frames: pages,
    alpha: hasAlpha,
  };
}

export function accepting(accept: string, more: Ask = {}): Ask {
  return { ...more, headers: { ...more.headers, Accept: accept } };
}

/** Steps of `Server-Timing` (W3C Server Timing §2) and their values. */
export function timingOf({ headers }: Reply): ReadonlyMap<string, string> {
  const members = String(headers['server-timing'] ?? '').split(', ');
  return new Map(
    members.map((member) => {
      const mark = member.indexOf(';');
      return [member.slice(0, mark), member.slice(mark + 1)] as const;
    }),
  );
}

/** The cache outcome of a response: `HIT`, `MISS` or `BYPASS`. */
export function cacheOf(reply: Reply): string | undefined {
  return /^desc="([A-Z]+)"$/.exec(timingOf(reply).get('cache') ?? '')?.[1];
}

/** Status, and the code of an error. */
export function verdictOf({ status, headers }: Pick<Reply, 'status' | 'headers'>): string {
  return [status, headers['x-aura-error'] ?? []].flat().join(' ');
}

/** Repeats a request until it succeeds. */
export async function askUntil(
  url: string,
  isGood: (reply: Reply) => boolean,
  options: Ask = {},
): Promise<Reply> {
  let last = 'nothing';
  const started = Date.now();
  while (Date.now() - started < PATIENCE_MS) {
    const reply = await ask(url, options);
    if (isGood(reply)) return reply;
    last = verdictOf(reply);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`asked in vain: the last answer was ${last}`);
}
