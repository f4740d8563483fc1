import type { Locator, Page, Route } from 'playwright-core';

/** A kind of failure, and what the page must say about it. */
export interface Failure {
  readonly name: string;
  /** What failed, and what to do. */
  readonly says: readonly [what: string, advice: string];
  readonly response: Refusal | 'cut';
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: unknown;
}

/** What the page gets instead of a response of the server, or `none`. */
type Failed = Refusal | 'none';

/** An error response of the server. */
function refusal(
  status: number,
  code: string,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  const own = { 'X-Aura-Error': code, 'Cache-Control': 'no-store', ...headers };
  return { status, headers: own, json: { message } };
}

export const FAILURES: readonly Failure[] = [
  {
    name: '500',
    says: ['Something broke here', 'search the server’s log'],
    response: refusal(500, 'internal_error', 'Something broke here', {
      'X-Request-Id': 'request-7',
    }),
  },
  {
    name: '503',
    says: ['The records cannot be reached', 'Try again in 7 seconds'],
    response: refusal(503, 'storage_unavailable', 'The records cannot be reached', {
      'Retry-After': '7',
    }),
  },
  {
    name: 'a connection that is cut',
    says: ['The server did not answer', 'Check that you are online'],
    response: 'cut',
  },
  {
    name: '429',
    says: ['Too many requests', 'Try again in 9 seconds'],
    response: refusal(429, 'rate_limited', 'Too many requests', { 'Retry-After': '9' }),
  },
];

const API = '**/v1/**';

export const SESSION_ENDED: Failure = {
  name: '401',
  says: ['Your session expired', 'Sign in, then try again'],
  response: refusal(401, 'sign_in_required', 'Sign in first'),
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
 * always succeeds, with a response that does not come from the server. The page itself makes these responses, and only a
 * connection is cut by Playwright: while it routes, everything is loaded without the browser's cache, which takes twice
 * the processor time.
 */
export async function breakRequests(page: Page, me: unknown) {
  let broken: { readonly request: string; readonly failure: Failure } | null = null;
  const context = page.context();
  await context.exposeFunction('failureOf', (method: string, pathname: string): Failed => {
    if (broken && isOf(broken.request, method, pathname)) {
      const { response } = broken.failure;
      return response === 'cut' ? 'none' : response;
    }
    const isSignIn = `${method} ${pathname}` === 'POST /v1/auth/sign-in' && me !== null;
    return isSignIn ? { status: 200, headers: {}, json: me } : 'none';
  });
  await context.addInitScript(() => {
    // The delays between three tries, and before undo has ended.
    const real = window.setTimeout;
    const pauses: Readonly<Record<number, number>> = { 1000: 5, 2000: 5, 10000: 5 };
    window.setTimeout = ((work: () => void, ms = 0, ...more: unknown[]) =>
      real(work, pauses[ms] ?? ms, ...more)) as typeof window.setTimeout;

    const { failureOf } = globalThis as unknown as {
      failureOf: (method: string, pathname: string) => Promise<Failed>;
    };
    const send = window.fetch;
    window.fetch = async (...given) => {
      const request = new Request(...given);
      const failed = await failureOf(request.method, new URL(request.url).pathname);
      if (failed === 'none') return send(request);
      return Response.json(failed.json, failed);
    };
  });
  const cut = async (route: Route) => {
    const request = route.request();
    const { pathname } = new URL(request.url());
    if (broken && isOf(broken.request, request.method(), pathname)) {
      await route.abort('connectionreset');
    } else await route.fallback();
  };
  const mend = async () => {
    broken = null;
    await page.unroute(API, cut);
  };
  return {
    break: async (request: string, failure: Failure) => {
      await mend();
      broken = { request, failure };
      if (failure.response === 'cut') await page.route(API, cut);
    },
    mend,
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
