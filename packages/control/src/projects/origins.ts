import { ApiError } from '@auraimage/http';

/** Most origins that a project may list. */
const MAX_ORIGINS = 50;
/** Longest origin: the longest host name with scheme and port. */
const MAX_ORIGIN_LENGTH = 270;

/**
 * Origins as browsers send them: lower case, without a default port or slash, each once, in the order
 * given.
 *
 * @throws {ApiError} `origin_malformed` for anything but http(s) scheme, host and port, or over 50
 *
 * @example
 * normalizeOrigins(['https://App.example/', 'http://localhost:3000']);
 * // ['https://app.example', 'http://localhost:3000']
 */
export function normalizeOrigins(origins: readonly string[]): readonly string[] {
  if (origins.length > MAX_ORIGINS) throw new ApiError('origin_malformed');
  return [...new Set(origins.map(normalize))];
}

function normalize(text: string): string {
  const isRead = text.length <= MAX_ORIGIN_LENGTH && URL.canParse(text);
  const url = isRead ? new URL(text) : null;
  const isOrigin =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.hostname !== '' &&
    url.href === `${url.origin}/` && // no path, query, fragment or user
    !url.hostname.includes('*');
  if (isOrigin) return url.origin;
  throw new ApiError('origin_malformed', {
    message: `${JSON.stringify(text.slice(0, 100))} is not an origin: give scheme and host, such as https://app.example`,
  });
}
