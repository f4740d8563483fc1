import {
  type Answer,
  ApiError,
  answer,
  contentHeaders,
  isNotModified,
  type PlainRequest,
  type RequestContext,
} from '@auraimage/http';
import type { ByteRange, DerivedBody, ImageRecord, ObjectBody } from '@auraimage/ports';
import { andThen, type MaybePromise } from '@auraimage/protocol';

/** Where the bytes of a response came from. */
export type CacheOutcome = 'HIT' | 'MISS' | 'BYPASS';

/** Bytes of a representation. */
export interface RepresentationPart {
  readonly body: ObjectBody;
  readonly outcome: CacheOutcome;
}

/** The representation that a read sends: a master, a variant or a blurhash, whole or in part. */
export interface Representation {
  /** Strong, quotes included. */
  readonly etag: string;
  /** Media type. */
  readonly type: string;
  /** Bytes. */
  readonly length: number;
  /** The value of `Repr-Digest`, where it is known. */
  readonly digest?: string;
  /** Response headers beyond type and length. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the bytes would come from, for responses without a body. */
  outcome(): MaybePromise<CacheOutcome>;
  read(range: ByteRange): MaybePromise<RepresentationPart>;
  /** The value of `Server-Timing`. */
  timing(outcome: CacheOutcome): string;
}

/**
 * The entity tag of what is made of an image. It says nothing about the bytes of the master: whoever may see only this
 * could compare them with those of another file. Half of the object's id is enough to tell masters apart, and not enough
 * to find the object.
 */
export function entityTag({ objectId }: Pick<ImageRecord, 'objectId'>, name: string): string {
  return `"${objectId.slice(0, 16)}-${name}"`;
}

/** What is known, for a HEAD request, of a representation that would have to be made first. */
export interface Unmade extends Pick<Representation, 'type' | 'headers' | 'timing'> {
  readonly etag: null;
  readonly outcome: CacheOutcome;
}

/**
 * Responds to HEAD without the headers that only making the representation would tell (RFC 9110 §9.3.2): entity
 * tag and length. Call only for requests that passed the access check.
 */
export function respondUnmade({ type, headers, timing, outcome }: Unmade, context: RequestContext) {
  context.facts.cache = outcome;
  return answer(context, 'anyone', 200, {
    'Accept-Ranges': 'bytes',
    'Server-Timing': timing(outcome),
    ...headers,
    'Content-Type': type,
  });
}

/**
 * Responds with a representation: conditional → HEAD → range → body. Call only for requests that passed the
 * access check.
 */
export function respond(
  { method, headers: requested }: PlainRequest,
  representation: Representation,
  context: RequestContext,
): MaybePromise<Answer> {
  const { facts } = context;
  const { etag, type, length, digest } = representation;
  /** The head of a response with the content, or with so many bytes of it. */
  const headFor = (outcome: CacheOutcome, bytes: number): Answer['headers'] => {
    facts.cache = outcome;
    const timing = representation.timing(outcome);
    const head = contentHeaders(context, { type, length: bytes, etag, timing });
    if (digest !== undefined) head['Repr-Digest'] = digest;
    return Object.assign(head, representation.headers);
  };
  if (isNotModified(requested.get('if-none-match'), etag)) {
    return andThen(representation.outcome(), (outcome) => {
      facts.cache = outcome;
      const timing = representation.timing(outcome);
      const own = { ETag: etag, 'Accept-Ranges': 'bytes', 'Server-Timing': timing };
      return answer(context, 'anyone', 304, Object.assign(own, representation.headers));
    });
  }
  if (method === 'HEAD') {
    return andThen(representation.outcome(), (outcome) => ({
      status: 200,
      headers: headFor(outcome, length),
      body: null,
    }));
  }
  const part = requestedRange(requested, etag, length);
  const range = part ?? { start: 0, length };
  return andThen(representation.read(range), ({ body, outcome }) => {
    facts.bodyBytes = range.length;
    const headers = headFor(outcome, range.length);
    if (part === null) return { status: 200, headers, body };
    headers['Content-Range'] = `bytes ${part.start}-${part.start + part.length - 1}/${length}`;
    return { status: 206, headers, body };
  });
}

/** The requested range, or `null` for the whole (RFC 9110 §14.2: ranges apply to GET only). */
function requestedRange(
  headers: PlainRequest['headers'],
  etag: string,
  size: number,
): ByteRange | null {
  if (!isRangeCurrent(headers.get('if-range'), etag)) return null;
  const range = parseRange(headers.get('range'), size);
  if (range !== 'unsatisfiable') return range;
  throw new ApiError('range_not_satisfiable', { headers: { 'Content-Range': `bytes */${size}` } });
}

/** Whether `If-Range` allows a range (RFC 9110 §13.1.5): it is absent, or the same strong tag. */
export function isRangeCurrent(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange === etag;
}

/**
 * Reads a `Range` header for a representation of `size` bytes (RFC 9110 §14.1.2, §14.2).
 *
 * @returns the single range, cut to the size; `unsatisfiable`; or `null` if the header must be ignored: it is
 *   absent, has another unit, is malformed, or names several ranges, which this server does not combine
 */
export function parseRange(
  header: string | null,
  size: number,
): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(header ?? '');
  if (match === null) return null;
  const [first = '', last = ''] = match.slice(1);
  if (first === '') {
    if (last === '') return null;
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, length };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return null;
  return start >= size ? 'unsatisfiable' : { start, length: end - start + 1 };
}

/** A part of a body; a range that covers the body returns the body itself. */
export function partOf(body: DerivedBody, range: ByteRange): ObjectBody {
  return range.start === 0 && range.length === body.length ? body : body.slice(range);
}

const PRIVATE_CACHE = 'private, max-age=300';

/**
 * The `Cache-Control` of a response about an image.
 *
 * @param seconds lifetime of a temporary response
 */
export type CacheControl = (image: Pick<ImageRecord, 'visibility'>, seconds?: number) => string;

/**
 * @param sharedSeconds longest that shared caches may store a response (`s-maxage`, RFC 9111 §5.2.2.10);
 *   absent: as long as browsers
 */
export function createCacheControl(sharedSeconds: number | undefined): CacheControl {
  const shared = (longest: number) =>
    sharedSeconds === undefined ? '' : `, s-maxage=${Math.min(sharedSeconds, longest)}`;
  const lasting = `public, max-age=31536000${shared(31_536_000)}, immutable`;
  return ({ visibility }, seconds) => {
    const isPublic = visibility === 'public';
    if (seconds === undefined) return isPublic ? lasting : PRIVATE_CACHE;
    return `${visibility}, max-age=${seconds}${isPublic ? shared(seconds) : ''}`;
  };
}

/**
 * `Server-Timing` (W3C Server Timing §2): where the response came from, and the steps that made it. The response
 * about a private image always names the origin and never a cache hit.
 *
 * @param originMs milliseconds spent on the record and the object store
 * @param steps further steps and their milliseconds
 */
export function serverTiming(
  outcome: CacheOutcome,
  originMs: number,
  steps: Readonly<Record<string, number>> = {},
): string {
  const cache = `cache;desc="${outcome}"`;
  if (outcome === 'HIT') return cache;
  let timing = `origin;dur=${originMs.toFixed(1)}, ${cache}`;
  for (const step in steps) timing += `, ${step};dur=${steps[step]?.toFixed(1)}`;
  return timing;
}
