const LINK_PAGES = ['/dashboard/setup', '/dashboard/invite', '/dashboard/reset-password'];

let token: string | null = null;

/**
 * Moves the secret of a set-up link, an invitation or a reset link from the address bar into memory, so that it does not
 * appear in the history or in screenshots. Call it before the router reads the address.
 */
export function takeLinkToken(): void {
  const { pathname, search, hash } = location;
  if (!LINK_PAGES.includes(pathname.replace(/\/$/, ''))) return;
  const query = new URLSearchParams(search);
  const found = query.get('token');
  if (found === null) return;
  token = found;
  query.delete('token');
  const rest = query.size > 0 ? `?${query}` : '';
  history.replaceState(history.state, '', pathname + rest + hash);
}

const KEPT = 'aura-link';

/** Keeps the secret in this tab until {@link restoreLinkToken}, or forgets one that was kept. */
export function keepLinkToken(keeps: boolean): void {
  try {
    if (keeps && token !== null) sessionStorage.setItem(KEPT, token);
    else sessionStorage.removeItem(KEPT);
  } catch {
    // Without storage, the link has to be opened again.
  }
}

/** Takes the secret that was kept. Returns whether there was one. */
export function restoreLinkToken(): boolean {
  try {
    const kept = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (kept !== null) token = kept;
    return kept !== null;
  } catch {
    return false;
  }
}

/** The secret that this page was opened with; `null` after a reload. */
export const linkToken = (): string | null => token;
