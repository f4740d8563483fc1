const ENTRANCES = ['/dashboard/setup', '/dashboard/invite'];

let token: string | null = null;

/**
 * Takes the secret of a set-up link or invitation out of the address bar, so that it stays in no
 * history and leaks through no screenshot. Runs before the router sees the address.
 */
export function takeLinkToken(): void {
  const { pathname, search, hash } = location;
  if (!ENTRANCES.includes(pathname.replace(/\/$/, ''))) return;
  const query = new URLSearchParams(search);
  const found = query.get('token');
  if (found === null) return;
  token = found;
  query.delete('token');
  const rest = query.size > 0 ? `?${query}` : '';
  history.replaceState(history.state, '', pathname + rest + hash);
}

/** The secret that this page load came with. Kept in memory alone: another load has none. */
export const linkToken = (): string | null => token;
