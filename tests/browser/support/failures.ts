import type { Locator, Page, Route } from 'playwright-core';

/** A kind of failure, and what the page must say about it. */
export interface Failure {
  readonly name: string;
  /** What failed, and what to do. */
  readonly says: readonly [what: string, advice: string];
  readonly fail: (route: Route) => Promise<void>;
}

/** An error response of the server. */
function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Failure['fail'] {
  return (route) =>
    route.fulfill({
      status,
      headers: { 'X-Aura-Error': code, 'Cache-Control': 'no-store', ...headers },
      json: { message },
    });
}

export const FAILURES: readonly Failure[] = [
  {
    name: '500',
    says: ['Something broke here', 'search the server’s log'],
    fail: refusal(500, 'internal_error', 'Something broke here', { 'X-Request-Id': 'request-7' }),
  },
  {
    name: '503',
    says: ['The records cannot be reached', 'Try again in 7 seconds'],
    fail: refusal(503, 'storage_unavailable', 'The records cannot be reached', {
      'Retry-After': '7',
    }),
  },
  {
    name: 'a connection that is cut',
    says: ['The server did not answer', 'Check that you are online'],
    fail: (route) => route.abort('connectionreset'),
  },
  {
    name: '429',
    says: ['Too many requests', 'Try again in 9 seconds'],
    fail: refusal(429, 'rate_limited', 'Too many requests', { 'Retry-After': '9' }),
  },
];

export const SESSION_ENDED: Failure = {
  name: '401',
  says: ['Your session expired', 'Sign in, then try again'],
  fail: refusal(401, 'sign_in_required', 'Sign in first'),
};

/** An element that screen readers announce and that contains all of these texts. */
export function announced(page: Page, texts: readonly string[]): Locator {
  const toast = '[role="region"] > ol > li';
  const spoken = `[role="alert"], [role="status"], [aria-live="polite"], [aria-live="assertive"], ${toast}`;
  return texts
    .reduce((found, text) => found.filter({ hasText: text }), page.locator(spoken))
    .filter({ visible: true })
    .first();
}

/**
 * Makes requests of a kind fail, such as `PATCH /v1/projects/{project}`, until it is mended. Signing in
 * always succeeds, with a response that does not come from the server.
 */
export async function breakRequests(page: Page, me: unknown) {
  let broken: { readonly request: string; readonly failure: Failure } | null = null;
  const context = page.context();
  await context.addInitScript(() => {
    // The delays between three tries, and before undo has ended.
    const real = window.setTimeout;
    const pauses: Readonly<Record<number, number>> = { 1000: 5, 2000: 5, 10000: 5 };
    window.setTimeout = ((work: () => void, ms = 0, ...more: unknown[]) =>
      real(work, pauses[ms] ?? ms, ...more)) as typeof window.setTimeout;
  });
  // Of the context: what a case has its page answer comes first.
  await context.route('**/v1/**', async (route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (broken && isOf(broken.request, request.method(), pathname)) {
      return broken.failure.fail(route);
    }
    const isSignIn = pathname === '/v1/auth/sign-in' && me !== null;
    return isSignIn ? route.fulfill({ status: 200, json: me }) : route.continue();
  });
  return {
    break: (request: string, failure: Failure) => {
      broken = { request, failure };
    },
    mend: () => {
      broken = null;
    },
  };
}

function isOf(template: string, method: string, pathname: string): boolean {
  const [wanted, path = ''] = template.split(' ');
  const parts = path.split('/');
  const given = pathname.split('/');
  return (
    wanted === method &&
    parts.length === given.length &&
    parts.every((part, at) => part.startsWith('{') || part === given[at])
  );
}
