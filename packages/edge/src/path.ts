import { type ImageAddress, parseImageAddress } from '@auraimage/protocol';
import { EdgeError } from './errors.js';

/** What the edge looks at of a read of an image. */
export interface ReadRequest {
  readonly method: string;
  /** Path and query as received: the origin form of RFC 9112 §3.2.1. */
  readonly target: string;
  /** Names are lower-case. */
  readonly headers: { get(name: string): string | null };
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
}

/** Longest address that is looked at, in characters. */
const MAX_TARGET_LENGTH = 8192;

/** The path and query of an absolute URL, as they stand. */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/**
 * The path of a request target as it stands: nothing is decoded, so the text that a route matches is
 * the text that is checked and looked up.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The query of a request target, as the URL Standard reads it (§4.4). */
export function queryOf(target: string): URLSearchParams {
  const [text = ''] = target.split('#', 1);
  const mark = text.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : text.slice(mark)); // drops one "?", and only one
}

/**
 * The image that a request reads, or `null` where it is a request of another kind: no other address of
 * the edge looks like an image's.
 *
 * @param target path and query
 */
export function readAddress(method: string, target: string): ImageAddress | null {
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead || !target.startsWith('/')) return null;
  return parseImageAddress(pathOf(target).slice(1));
}

/** Reads the image's address behind `prefix`; anything that is not one is an unknown image. */
export function addressIn(path: string, prefix: string): ImageAddress {
  const address = parseImageAddress(path.slice(prefix.length));
  if (address === null) throw new EdgeError('image_not_found');
  return address;
}

export function refuseLong(target: string): void {
  if (target.length > MAX_TARGET_LENGTH) throw new EdgeError('uri_too_long');
}
