const HOME = '/dashboard';

/**
 * Where to go after signing in: a path of this app, whatever the address bar said. Anything else,
 * another site above all, becomes the list of projects.
 */
export function safeNextPath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 2000) return HOME;
  // A browser takes a backslash for a slash and drops tabs and line ends: neither is in our paths.
  if (/[\\\p{Cc}]/u.test(next)) return HOME;
  const base = 'https://app.invalid';
  if (!next.startsWith('/') || !URL.canParse(next, base)) return HOME;
  const { origin, pathname, search, hash } = new URL(next, base);
  const ours = pathname === '/device' || pathname === HOME || pathname.startsWith(`${HOME}/`);
  const entrance = /^\/dashboard\/(?:sign-in|setup|invite)\/?$/.test(pathname);
  return origin === base && ours && !entrance ? pathname + search + hash : HOME;
}
