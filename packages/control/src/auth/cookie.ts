import { serialize } from 'hono/utils/cookie';

/** Lifetime of an unused session, in seconds: 30 days. */
const SESSION_SECONDS = 30 * 86_400;

/** The session cookie, the only cookie of the server. */
export interface SessionCookie {
  /** The distinct session tokens in a `Cookie` header, in order. */
  read(cookies: string | null): readonly string[];
  /** The `Set-Cookie` value that stores a token for 30 days. */
  set(token: string): string;
  /** The `Set-Cookie` value that deletes the cookie. */
  clear(): string;
}

/**
 * Over https, the cookie's name has the prefix that keeps pages of the same host over http from setting it
 * (RFC 6265bis §4.1.3.1). Because of its path, browsers do not send it with requests for images.
 */
export function createSessionCookie(appUrl: string): SessionCookie {
  const secure = new URL(appUrl).protocol === 'https:';
  const name = secure ? '__Secure-aura_session' : 'aura_session';
  const write = (value: string, maxAge: number) =>
    serialize(name, value, { httpOnly: true, sameSite: 'Lax', path: '/v1', secure, maxAge });
  return {
    read(cookies) {
      const pairs = (cookies ?? '').split(';').map((pair) => pair.trim());
      const own = pairs.filter((pair) => pair.startsWith(`${name}=`));
      return [...new Set(own.map((pair) => pair.slice(name.length + 1)))];
    },
    set: (token) => write(token, SESSION_SECONDS),
    clear: () => write('', 0),
  };
}
