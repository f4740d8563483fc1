/**
 * Whether a URL parser would leave the path unchanged. Any other path is unknown: a proxy in front and the server must
 * see the same text.
 */
export function isNormalized(path: string): boolean {
  return path.startsWith('/') && !/[^!-~]|[\\"#<>^`{|}]|\/\.{1,2}(?:\/|$)|%2e/i.test(path);
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT']);

/** A method as logs and metrics have it, with bounded values. */
export function knownMethod(method: string): string {
  return METHODS.has(method) ? method : 'other';
}

/** Shorter than any token or secret: a signature alone has 43 characters. */
const SHORT_SEGMENTS = /^(?:\/[A-Za-z0-9.~=,_-]{1,40})*$/;

/** The path, if no part of it can be a token or a secret that a client put there by mistake. */
export function loggedPath(path: string): string | undefined {
  return SHORT_SEGMENTS.test(path) ? path : undefined;
}
