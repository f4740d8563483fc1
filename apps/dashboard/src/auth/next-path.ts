const HOME = '/dashboard';

/**
 * Where to go after signing in: a path of this app. Anything else, such as another site, becomes the
 * list of projects.
 */
export function safeNextPath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 2000) return HOME;
  // Browsers treat a backslash as a slash and drop tabs and newlines. Our paths contain none of them.
  if (/[\\\p{Cc}]/u.test(next)) return HOME;
  const base = 'https://app.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return HOME;
  const { origin, pathname, search, hash } = new URL(next, base);
  const isPage = pathname === '/device' || pathname === HOME || pathname.startsWith(`${HOME}/`);
  const isAuthPage = /^\/dashboard\/(?:sign-in|setup|invite)\/?$/.test(pathname);
  return origin === base && isPage && !isAuthPage ? pathname + search + hash : HOME;
}
