import type { ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signToken, type Transform, type VariantFormat } from '@auraimage/protocol';
import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import {
  createPictureEdge,
  KEYS,
  LOGO,
  masterOf,
  NOW,
  type Picture,
  type PictureRequest,
  type PictureWorld,
  PRESET_EDGES,
  PRESETS,
  pictureIn,
  REVOKED,
  SECRETS,
} from '../testing/picture-edge.js';

// Of random tokens, presets, addresses and images: no response shows more pixels, another image, or more of it than the
// one token or preset says that decides, and none shows it later.

const LONG = inject('long'); // npm run test:long
const WEEK = 604_800;

/** How a token is made. What it opens is decided from this, and not from the token. */
interface TokenForm {
  readonly secret: 'psk_live_current' | 'psk_live_previous' | 'psk_live_other';
  readonly claims: Readonly<Record<string, unknown>>;
  /** `wider`: other claims behind the signature of these. */
  readonly fault: 'none' | 'cut' | 'wider';
}

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

const SIDE = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 8192 }));
/** Stands for the key that is requested, and for its folder. */
const OWN = 'own';
const claims = fc
  .record({
    p: often('my-app', 'other-app'),
    opens: fc.oneof(
      often({ f: OWN }, { d: OWN }, { f: OWN, d: OWN }, {}),
      fc.constantFrom(...KEYS.map((f) => ({ f })), { d: 'users/' }, { d: 'users/42/x/' }),
    ),
    exp: often(600, 0, 1, -1, -60, WEEK, WEEK + 300, WEEK + 301),
    iat: often(0, undefined, -1000, -101, -100),
    max: fc.option(fc.oneof(SIDE, fc.constant(8192)), { nil: undefined, freq: 2 }),
    sub: often(undefined, 'ann', 'gone'),
  })
  .map(({ opens, exp, iat, max, sub, p }) => ({
    ...{ p, ...opens, exp: NOW + exp },
    ...(iat !== undefined && { iat: NOW + iat }),
    ...(max !== undefined && { max }),
    ...(sub !== undefined && { sub }),
  }));
const token: fc.Arbitrary<TokenForm> = fc.record({
  secret: often('psk_live_current', 'psk_live_previous', 'psk_live_other'),
  claims,
  fault: often('none', 'cut', 'wider'),
});

/** The first in most cases. */
function often<const T>(first: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(first) }, fc.constantFrom(first, ...others));
}

/** The token for a request of a key. */
function tokenFor(key: string, { claims, ...form }: TokenForm): TokenForm {
  const own = { f: key, d: key.slice(0, key.lastIndexOf('/') + 1) };
  const named = Object.entries(claims).map(([name, value]) => [
    name,
    value === OWN ? own[name as keyof typeof own] : value,
  ]);
  return { ...form, claims: Object.fromEntries(named) };
}

async function textOf({ secret, claims, fault }: TokenForm): Promise<string> {
  const text = await signToken(claims, secret);
  if (fault === 'cut') return text.slice(0, -1);
  if (fault === 'none') return text;
  const { max: _, ...rest } = claims as { max?: number };
  const wider = await signToken({ ...rest, exp: NOW + WEEK - 1, iat: NOW }, secret);
  const [payload = '', signature = ''] = [wider.split('.')[0], text.split('.')[1]];
  return `${payload}.${signature}`;
}

/** What a token opens of an image: its ceiling, `null` without one, `undefined` if nothing. */
function ceilingOf({ secret, claims, fault }: TokenForm, image: ImageRecord) {
  const { p, f, d, exp, iat, max, sub } = claims as Record<string, string> &
    Record<'exp' | 'iat' | 'max', number>;
  const isTrue = fault === 'none' && SECRETS.includes(secret);
  const names =
    d === undefined
      ? f === image.key
      : f === undefined && d.endsWith('/') && image.key.startsWith(d);
  const inTime = exp >= NOW && exp <= NOW + WEEK + 300;
  const { linksRevokedAt } = image;
  const isLater = linksRevokedAt === null || (iat !== undefined && iat >= linksRevokedAt);
  const isWelcome = sub === undefined || (iat !== undefined && (sub !== 'gone' || iat >= REVOKED));
  const opens = isTrue && p === 'my-app' && names && inTime && isLater && isWelcome;
  return opens ? (max ?? null) : undefined;
}

/** Texts of every transform option: a new one fails to compile until it is here. */
const OPTIONS: Readonly<Record<keyof Transform, readonly string[]>> = {
  w: ['1', '39', '300', '4000', '9999', 'x'],
  h: ['1', '40', '500', '8192'],
  dpr: ['2', '4', '0.5'],
  fit: ['cover', 'contain', 'face', 'auto', 'crop'],
  gravity: ['top', 'bottom-right'],
  fp: ['0.3x0.7'],
  trim: ['true', '30'],
  flip: ['h', 'v'],
  rotate: ['90', '180', '270'],
  bg: ['ff0000', '00000080'],
  gray: ['true'],
  sharpen: ['2'],
  q: ['5', '90', '101'],
  fmt: ['auto', 'avif', 'webp', 'jpeg', 'png', 'original', 'original', 'gif'],
  lqip: ['true', 'false'],
  blur: ['true'],
  metadata: ['none', 'all'],
};
const option = fc.constantFrom(
  ...Object.entries(OPTIONS).flatMap(([name, texts]) => texts.map((text) => `${name}=${text}`)),
);
const options = fc.oneof(
  fc.array(option, { maxLength: 1 }),
  fc.uniqueArray(option, { maxLength: 4, selector: (text) => text.split('=')[0] }),
);

interface Address {
  readonly options: readonly string[];
  readonly inPath: boolean;
  readonly extension: string;
  readonly preset: string | null;
  readonly others: string;
}

const others = fc.constantFrom('', '', 'v=3', 'download=', 'download=a.jpg', 'x=1');
const extension = fc.constantFrom('', '', '', '.webp', '.jpg');
const preset = fc.constantFrom(...PRESETS.keys(), 'none');
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({ options, inPath: fc.boolean(), extension, preset: fc.constant(null), others }),
  fc.record({
    options: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, options),
    inPath: fc.boolean(),
    extension: fc.oneof({ weight: 4, arbitrary: fc.constant('') }, extension),
    preset,
    others,
  }),
);

/** @param tokens of the query */
function targetOf(key: string, address: Address, tokens: readonly string[]): string {
  const { options, inPath, extension, preset, others } = address;
  const isSegment = inPath && (preset === null ? options.length > 0 : true);
  const segment = isSegment ? `${preset ?? options.join(',')}/` : '';
  const query = [
    ...(isSegment && preset === null ? [] : options),
    ...(preset !== null && !inPath ? [`preset=${preset}`] : []),
    ...(others === '' ? [] : [others]),
    ...tokens.map((token) => `token=${token}`),
  ];
  return `/my-app/${segment}${key}${extension}?${query.join('&')}`;
}

const image = fc.record({
  visibility: fc.constantFrom('private', 'private', 'private', 'public'),
  type: fc.constantFrom(
    'image/jpeg',
    'image/png',
    'image/gif',
    'image/webp',
    'image/heic',
    'image/tiff',
  ),
  width: fc.oneof(SIDE, fc.constant(6000)),
  height: fc.oneof(SIDE, fc.constant(8000)),
  frames: fc.constantFrom(1, 1, 3),
  hasAlpha: fc.boolean(),
  linksRevokedAt: fc.constantFrom(null, null, null, REVOKED),
});

const world = fc.record({
  image,
  masterMetadata: fc.constantFrom('keep', 'keep', 'remove'),
  unsignedTransforms: fc.constantFrom('any', 'listed', 'presets'),
  variantSizes: fc.constantFrom([], [], [100, 5000]),
  broken: fc.oneof(
    { weight: 3, arbitrary: fc.constant<VariantFormat[]>([]) },
    fc.subarray<VariantFormat>(['avif', 'webp', 'jpeg', 'png', 'gif']),
  ),
});

const request = fc.record({
  key: fc.constantFrom(...KEYS),
  address,
  inQuery: fc.oneof(
    fc.array(token, { minLength: 1, maxLength: 1 }),
    fc.array(token, { maxLength: 2 }),
    fc.constant<TokenForm[]>([]),
  ),
  inCookies: fc.oneof(fc.constant<TokenForm[]>([]), fc.array(token, { maxLength: 10 })),
  site: fc.constantFrom(undefined, 'same-site', 'same-origin', 'cross-site'),
  accept: fc.constantFrom('image/avif,image/webp,*/*', 'image/webp', '*/*', 'text/html', undefined),
  of: fc.constantFrom<('image' | 'blurhash')[]>('image', 'image', 'image', 'image', 'blurhash'),
  method: fc.constantFrom('GET', 'GET', 'HEAD'),
  range: fc.constantFrom(undefined, undefined, 'bytes=0-5', 'bytes=-7', 'bytes=40-', 'bytes=9999-'),
  ifNoneMatch: fc.constantFrom(undefined, undefined, 'master', 'stripped', 'variant', '*'),
  /** Whether somebody with a token for everything has read the original and the same variant before. */
  isWarm: fc.boolean(),
});

function worldOf(
  given: ValueOf<typeof world>,
  key: string,
): PictureWorld & { target: ImageRecord } {
  const fixed = (project: string, name: string, n: number, changes: Partial<ImageRecord>) => {
    const fresh = newImage(project, n, { key: name, objectId: `object-${n}-of-${project}` });
    return row({ ...fresh, size: masterOf(fresh).length }, changes);
  };
  const images = ['my-app', 'other-app'].flatMap((project) =>
    KEYS.map((name, n) => {
      const own = project === 'my-app' && name === key ? (given.image as Partial<ImageRecord>) : {};
      return fixed(project, name, n, { visibility: 'private', ...own });
    }),
  );
  const target = images.find((each) => each.key === key);
  if (target === undefined) throw new Error(`there is no ${key}`);
  const logo = fixed('my-app', LOGO, 99, { visibility: 'public', hasAlpha: true });
  return {
    ...given,
    ...{ target, images: [...images, logo], now: NOW, presets: PRESETS, serveSecrets: SECRETS },
    ...{ revoked: new Map([['gone', REVOKED]]), broken: new Set(given.broken) },
  };
}

type Asked = Pick<ValueOf<typeof request>, 'inQuery' | 'inCookies' | 'site'>;

/** What the request may see: its ceiling, `null` for everything, `undefined` for nothing. */
function allowed({ inQuery, inCookies, site }: Asked, image: ImageRecord) {
  if (image.visibility === 'public') return null;
  const [only, ...more] = inQuery;
  if (only !== undefined) return more.length > 0 ? undefined : ceilingOf(only, image);
  if (site === 'cross-site') return undefined;
  const ceilings = inCookies.slice(0, 8).map((token) => ceilingOf(token, image));
  return ceilings.find((ceiling) => ceiling !== undefined);
}

it(
  'shows nothing but what the token or the open preset says, in every way to ask',
  async () => {
    const seen = { opened: 0, limited: 0, refused: 0, byPreset: 0, unchanged: 0, parts: 0 };
    await fc.assert(
      fc.asyncProperty(world, request, async (given, { inQuery, inCookies, ...asked }) => {
        const { target, ...all } = worldOf(given, asked.key);
        const queried = inQuery.map((form) => tokenFor(target.key, form));
        const kept = inCookies.map((form) => tokenFor(target.key, form));
        const read = createPictureEdge(all);
        const { address, of } = asked;
        const everything = await textOf({
          secret: 'psk_live_current',
          fault: 'none',
          claims: { p: 'my-app', f: target.key, iat: NOW, exp: NOW + 60 },
        });
        const path = (tokens: readonly string[]) =>
          of === 'image'
            ? targetOf(target.key, address, tokens)
            : `/my-app/${target.key}?${tokens.map((token) => `token=${token}`).join('&')}`;
        const accept = asked.accept === undefined ? {} : { Accept: asked.accept };
        const etags = { master: `"${target.sha256}"`, stripped: '', variant: '', '*': '*' };
        if (asked.isWarm) {
          const variant = await read(path([everything]), { of, headers: accept });
          const stripped = await read(`/my-app/${target.key}?metadata=none&token=${everything}`);
          etags.variant = variant.headers['ETag'] ?? '';
          etags.stripped = stripped.headers['ETag'] ?? '';
        }
        const tokens = await Promise.all(queried.map(textOf));
        const cookies = await Promise.all(kept.map(textOf));
        const headers = {
          ...accept,
          ...(asked.site && { 'Sec-Fetch-Site': asked.site }),
          ...(cookies.length > 0 && {
            Cookie: cookies.map((text) => `aura-token=${text}`).join('; '),
          }),
        };
        const whole: PictureRequest = { of, headers };
        const request: PictureRequest = {
          ...{ of, method: asked.method },
          headers: {
            ...headers,
            ...(asked.range && { Range: asked.range }),
            ...(asked.ifNoneMatch && { 'If-None-Match': etags[asked.ifNoneMatch] }),
          },
        };
        const answer = await read(path(tokens), request);
        const { status, headers: sent, bytes } = await read(path(tokens), whole);

        const ceiling = allowed({ inQuery: queried, inCookies: kept, site: asked.site }, target);
        const isPrivate = target.visibility === 'private';
        const preset = of === 'image' ? address.preset : null;
        // Whatever it is, it is not for shared caches, and tells what it depended on.
        for (const { status: code, headers } of [answer, { status, headers: sent }]) {
          if (!isPrivate || code === 404) continue;
          expect(headers['Cache-Control']).not.toContain('public');
          expect(/\bCookie\b/.test(headers['Vary'] ?? '')).toBe(tokens.length === 0);
        }
        if (ceiling === undefined && status !== 200) {
          // 404: the path names a preset that the project does not have, and so no image.
          const isRefusal = status === 403 || (status === 404 && address.preset === 'none');
          const isUnmade = PRESETS.get(preset ?? '')?.open === true && tokens.length === 0;
          expect(isRefusal || (isUnmade && [503, 400].includes(status))).toBe(true);
          if (!isUnmade) expect(answer.status).toBe(status);
          expect([sent['Cache-Control'], sent['ETag']]).toEqual(['no-store', undefined]);
          expect(Object.keys(pictureIn(bytes))).toEqual(['message']);
          if (answer.status !== 304) expect(answer.headers['ETag']).toBeUndefined();
          seen.refused++;
          return;
        }
        const isMaster = (tag: string | undefined) =>
          tag === etags.master || (tag !== '' && tag === etags.stripped);
        if (status === 200) {
          seen.opened++;
          if (sent['Content-Type'] === 'application/json') {
            expect(ceiling).not.toBeUndefined();
            expect(preset).toBeNull();
          } else {
            checkPicture(pictureIn(bytes), target, ceiling, preset, seen);
            if (ceiling !== null) expect(isMaster(sent['ETag'])).toBe(false);
          }
        } else {
          expect([400, 403, 404, 422, 503]).toContain(status);
          if (status === 403 && ceiling === null) {
            expect(sent['X-Aura-Error']).toBe('transform_not_allowed');
          }
          expect(sent['Cache-Control']).toBe('no-store');
        }
        switch (answer.status) {
          case 206: {
            seen.parts++;
            const [, start = '', end = ''] =
              /^bytes (\d+)-(\d+)\//.exec(answer.headers['Content-Range'] ?? '') ?? [];
            expect(answer.bytes).toEqual(bytes.slice(Number(start), Number(end) + 1));
            break;
          }
          case 304:
            seen.unchanged++;
            expect(answer.bytes).toHaveLength(0);
            expect(status).toBe(200);
            if (ceiling !== null) expect(isMaster(answer.headers['ETag'])).toBe(false);
            break;
          case 200:
            if (asked.method === 'HEAD') expect(answer.bytes).toHaveLength(0);
            else expect(answer.bytes).toEqual(bytes);
            break;
          case 416:
            expect(status).toBe(200);
            break;
          default:
            // HEAD finds out less than GET, and so gives a success where GET fails.
            expect(answer.status).toBe(status);
        }
      }),
      { numRuns: LONG ? 200_000 : 800 },
    );
    // Otherwise the property holds of nothing.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(0);
  },
  LONG ? 1_800_000 : 120_000,
);

function checkPicture(
  picture: Picture,
  image: ImageRecord,
  ceiling: number | null | undefined,
  preset: string | null,
  seen: { limited: number; byPreset: number },
): void {
  expect(picture.of).toBe(image.objectId);
  const longest = Math.max(picture.width, picture.height);
  expect(longest).toBeLessThanOrEqual(Math.max(image.width, image.height));
  const isMarked = preset === 'marked';
  expect(picture.mark !== undefined).toBe(isMarked);
  if (preset !== null) expect(picture.kind).toBe('variant');
  if (ceiling === undefined) {
    // Only an open preset shows it then.
    seen.byPreset++;
    expect(PRESETS.get(preset ?? '')?.open).toBe(true);
    expect(longest).toBeLessThanOrEqual(PRESET_EDGES[preset ?? ''] ?? 0);
    if (isMarked) expect(picture.width).toBeLessThanOrEqual(300);
  } else if (ceiling !== null) {
    seen.limited++;
    expect(picture.kind).toBe('variant');
    expect(Math.max(longest, picture.edge ?? 0)).toBeLessThanOrEqual(ceiling);
  }
}
