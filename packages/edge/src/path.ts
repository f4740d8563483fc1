import { type ImageAddress, parseImageAddress } from '@auraimage/protocol';
import { EdgeError } from './errors.js';

/** Longest address that is looked at, in characters. */
const MAX_URL_LENGTH = 8192;

/**
 * The path of a URL as it stands: nothing is decoded, so the text that a route matches is the text
 * that is checked and looked up.
 */
export function rawPath(request: Request): string {
  const { url } = request;
  const start = url.indexOf('/', url.indexOf('://') + 3);
  if (start < 0) return '/';
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/** The query of a URL, as the URL Standard reads it (§4.4), without parsing the rest. */
export function queryOf(request: Request): URLSearchParams {
  const [url = ''] = request.url.split('#', 1);
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark)); // drops one "?", and only one
}

/** Reads the image's address behind `prefix`; anything that is not one is an unknown image. */
export function addressIn(path: string, prefix: string): ImageAddress {
  const address = parseImageAddress(path.slice(prefix.length));
  if (address === null) throw new EdgeError('image_not_found');
  return address;
}

export function refuseLongUrl(request: Request): void {
  if (request.url.length > MAX_URL_LENGTH) throw new EdgeError('uri_too_long');
}
