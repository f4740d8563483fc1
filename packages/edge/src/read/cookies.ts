import type { Answer, PlainRequest } from '@auraimage/http';
import { SERVE_COOKIE } from '@auraimage/protocol';

/** Cookies of a request that are looked at. */
const MAX_TOKENS = 8;
/** Characters of the header that are read: as many cookies of the longest that browsers keep. */
const MAX_LENGTH = MAX_TOKENS * 4096;

/**
 * The serve tokens in the cookies of a request, in their order: browsers send those with the longest path first
 * (RFC 6265 §5.4). None of a request that a browser sends for a page of another site, whatever its cookies are: a page
 * cannot forge `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/). Older browsers and other clients send no such
 * header; there, `SameSite` of the cookies protects.
 *
 * @returns at most 8
 *
 * @example
 * cookieTokens(new Headers({ Cookie: 'theme=dark; aura-token=abc.def' })); // ['abc.def']
 */
export function cookieTokens(headers: PlainRequest['headers']): readonly string[] {
  const header = headers.get('cookie');
  if (header === null || headers.get('sec-fetch-site') === 'cross-site') return [];
  const start = `${SERVE_COOKIE}=`;
  return header
    .slice(0, MAX_LENGTH)
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start) && pair.length > start.length)
    .slice(0, MAX_TOKENS)
    .map((pair) => pair.slice(start.length));
}

/** Whether a request has cookies with serve tokens that do not count, because it is for a page of another site. */
export function hasForeignTokens(headers: PlainRequest['headers']): boolean {
  const isForeign = headers.get('sec-fetch-site') === 'cross-site';
  return isForeign && (headers.get('cookie')?.includes(`${SERVE_COOKIE}=`) ?? false);
}

/** Tells caches that another client's cookies may lead to another response. */
export function variedByCookie(answer: Answer): Answer {
  const { Vary: others } = answer.headers;
  answer.headers['Vary'] = others === undefined ? 'Cookie' : `${others}, Cookie`;
  return answer;
}
