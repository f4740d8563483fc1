import { serialize } from 'hono/utils/cookie';

/** Life of a session that is not used, in seconds: 30 days. */
const SESSION_SECONDS = 30 * 86_400;

/** The one cookie of the service: a session's token. */
export interface SessionCookie {
  /** Every different value that a `Cookie` field has for it, in order. */
  read(cookies: string | null): readonly string[];
  /** The `Set-Cookie` that makes a browser keep a token. */
  keep(token: string): string;
  /** The `Set-Cookie` that makes a browser forget it. */
  forget(): string;
}

/**
 * Names the cookie after how the dashboard is reached: over https with the prefix that keeps pages of
 * the same host over http from setting it (RFC 6265bis §4.1.3.1). Its path keeps it from every picture.
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
    keep: (token) => write(token, SESSION_SECONDS),
    forget: () => write('', 0),
  };
}
