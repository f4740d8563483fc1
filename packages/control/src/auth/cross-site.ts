/** What the checks of credentials read of a `Request`. */
export interface CredentialRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Detects requests that pages of other sites made a browser send. */
export interface CrossSite {
  /**
   * Whether the request's cookie must be ignored: browsers add it to requests of every page. A change needs
   * proof that it comes from the dashboard's origin; a read only must not come from another site.
   */
  distrustsCookie(request: CredentialRequest): boolean;
  /** Whether the browser says that a page of another origin made it. Other clients say nothing. */
  isForeign(request: CredentialRequest): boolean;
}

/**
 * Uses `Origin` (RFC 6454 §7) and `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), which no page
 * can set.
 */
export function createCrossSite(appUrl: string): CrossSite {
  const own = new URL(appUrl).origin;
  return {
    distrustsCookie({ method, headers }) {
      const origin = headers.get('origin');
      const site = headers.get('sec-fetch-site');
      if (site === 'cross-site') return true;
      if (SAFE_METHODS.includes(method)) return false;
      return origin === null ? site !== 'same-origin' : origin !== own;
    },
    isForeign({ headers }) {
      const origin = headers.get('origin');
      const site = headers.get('sec-fetch-site');
      if (origin !== null && origin !== own) return true;
      return site === 'cross-site' || site === 'same-site';
    },
  };
}
