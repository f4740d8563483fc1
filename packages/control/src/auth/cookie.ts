import { serialize } from 'hono/utils/cookie';

/** Lifetime of an unused session, in seconds: 30 days. */
const SESSION_SECONDS = 30 * 86_400;

/** Lifetime of the cookie of known browsers, in seconds: a year. */
const KNOWN_SECONDS = 365 * 86_400;
/** Time for the second step of a sign-in, and for the first one at a provider, in seconds. */
const PENDING_SECONDS = 600;
/** People of one browser that stay known. */
const MAX_KNOWN = 5;
/** Characters of a text: longer ones, which another page of the domain has set, could make the cookie too large. */
const MAX_TEXT_LENGTH = 200;

/** A cookie with a token. */
export interface TokenCookie {
  /** The distinct tokens in a `Cookie` header, in order. */
  read(cookies: string | null): readonly string[];
  /** The `Set-Cookie` value that stores a token. */
  set(token: string): string;
  /** The `Set-Cookie` value that deletes the cookie. */
  clear(): string;
}

/**
 * The session cookie, for 30 days. Over https, the name of a cookie has the prefix that keeps pages of the same host over http from setting it
 * (RFC 6265bis §4.1.3.1). Because of its path, browsers do not send it with requests for images.
 */
export function createSessionCookie(appUrl: string): TokenCookie {
  return createTokenCookie(createCookie(appUrl, 'aura_session', '/v1'), SESSION_SECONDS);
}

/** The cookie of a sign-in that waits for its second step. Browsers send it with sign-ins only, because of its path. */
export function createPendingCookie(appUrl: string): TokenCookie {
  return createTokenCookie(
    createCookie(appUrl, 'aura_pending', '/v1/auth/sign-in'),
    PENDING_SECONDS,
  );
}

/**
 * The cookie of a sign-in at a provider: nothing else binds it to the browser. So over https no other host of the domain can
 * set it, as in an attack that signs a visitor in to the attacker's account (`__Host-`, RFC 6265bis §4.1.3.2).
 */
export function createProviderCookie(appUrl: string): TokenCookie {
  return createTokenCookie(createCookie(appUrl, 'aura_provider', '/'), PENDING_SECONDS);
}

function createTokenCookie(
  { read, write }: ReturnType<typeof createCookie>,
  seconds: number,
): TokenCookie {
  return { read, set: (token) => write(token, seconds), clear: () => write('', 0) };
}

/** The cookie by which a browser is known in which somebody has signed in. It authenticates nobody. */
export interface KnownBrowserCookie {
  /** The texts in a `Cookie` header, the newest first. */
  read(cookies: string | null): readonly string[];
  /** The `Set-Cookie` value that stores the first five texts for a year. */
  set(texts: readonly string[]): string;
}

/** Browsers send it with sign-ins only, because of its path. */
export function createKnownBrowserCookie(appUrl: string): KnownBrowserCookie {
  const { read, write } = createCookie(appUrl, 'aura_known', '/v1/auth');
  return {
    read: (cookies) =>
      read(cookies)
        .flatMap((value) => value.split('~', MAX_KNOWN))
        .filter(({ length }) => length > 0 && length <= MAX_TEXT_LENGTH),
    set: (texts) => write(texts.slice(0, MAX_KNOWN).join('~'), KNOWN_SECONDS),
  };
}

function createCookie(appUrl: string, shortName: string, path: string) {
  const secure = new URL(appUrl).protocol === 'https:';
  const prefix = path === '/' ? '__Host-' : '__Secure-';
  const name = secure ? `${prefix}${shortName}` : shortName;
  return {
    /** The distinct values in a `Cookie` header, in order. */
    read(cookies: string | null): readonly string[] {
      const pairs = (cookies ?? '').split(';').map((pair) => pair.trim());
      const own = pairs.filter((pair) => pair.startsWith(`${name}=`));
      return [...new Set(own.map((pair) => pair.slice(name.length + 1)))];
    },
    write: (value: string, maxAge: number) =>
      serialize(name, value, { httpOnly: true, sameSite: 'Lax', path, secure, maxAge }),
  };
}
