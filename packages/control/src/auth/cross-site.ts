/** The parts of a `Request` that authentication reads. */
export interface CredentialRequest {
  readonly method: string;
  readonly headers: { get(name: string): string | null };
}

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** Detects requests that a browser sends for a page of another site. */
export interface CrossSite {
  /**
   * Whether to refuse the request's cookie, since browsers add cookies to requests of every page. A change must
   * prove that it comes from the dashboard's origin. A read must not come from another site.
   */
  refusesCookie(request: CredentialRequest): boolean;
  /** Whether the browser reports a page of another origin. Clients that are not browsers report nothing. */
  isForeign(request: CredentialRequest): boolean;
}

/**
 * Uses `Origin` (RFC 6454 §7) and `Sec-Fetch-Site` (https://www.w3.org/TR/fetch-metadata/), which no page
 * can set.
 */
export function createCrossSite(appUrl: string): CrossSite {
  const own = new URL(appUrl).origin;
  return {
    refusesCookie({ method, headers }) {
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
