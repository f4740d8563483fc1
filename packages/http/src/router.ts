import { RESERVED_PROJECT_NAMES } from '@auraimage/protocol';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { type Answer, type Audience, answer, answerError, toResponse } from './answer.js';
import { ApiError, toApiError } from './api-error.js';
import { type Host, pathOf, type RequestContext, targetOf } from './context.js';
import { type Method, paramsOf, type Route } from './route.js';

/** Longest address that is looked at, in characters. */
const MAX_TARGET_LENGTH = 8192;
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Answers requests from one table of routes. */
export interface Router {
  /** Never rejects. */
  fetch(request: Request, context: RequestContext): Promise<Response>;
  /**
   * Why a virtual host does not answer a request, or `null` where it does: to be asked before a request
   * object is made, which a malformed `Host` prevents.
   */
  refusal(method: string, path: string, host: Host): 'host_unknown' | 'route_not_found' | null;
  /** The answer to a request that the host itself refuses, with every header that others have. */
  refuse(error: unknown, context: RequestContext): Answer;
}

/** Refuses an address that is too long to be looked at. */
export function checkTarget(target: string): void {
  if (target.length > MAX_TARGET_LENGTH) throw new ApiError('uri_too_long');
}

/**
 * Makes a router of a table of routes. From the table come the answers to other methods (405) and to
 * preflights, which virtual host answers what, and the route's name in metrics.
 *
 * @param routes every route of the server; a path that could hide a project is an error
 */
export function createRouter(routes: readonly Route[]): Router {
  checkReserved(routes);
  const matcher = new SmartRouter<Route>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const route of routes) matcher.add(route.method, matcherPath(route.path), route);

  /** Routes in order of the table; the first is the one that answers. */
  const match = (method: Method, path: string): Route | undefined => {
    const [found] = matcher.match(method, path);
    const all = found as readonly (readonly [Route, unknown])[];
    return all.map(([route]) => route).find((route) => !startsWithReserved(route, path));
  };

  const find = (method: string, path: string, host: Host | null): Found => {
    const answers = (route: Route | undefined): route is Route =>
      route !== undefined && (host === null || route.hosts.includes(host));
    const wanted = (method === 'HEAD' ? 'GET' : method) as Method;
    const exact = match(wanted, path);
    if (answers(exact)) return { route: exact };
    if (host === 'unknown') return { code: 'host_unknown' };
    // The method is answered, but on another host.
    if (exact !== undefined) return { code: 'route_not_found' };
    const others = METHODS.map((name) => match(name, path)).filter(answers);
    return others.length === 0 ? { code: 'route_not_found' } : { others };
  };

  async function run(request: Request, context: RequestContext): Promise<Answer | Response> {
    const target = targetOf(request.url);
    let audience: Audience = 'owner';
    try {
      checkTarget(target);
      const found = find(request.method, pathOf(target), context.host);
      if (found.code !== undefined) throw new ApiError(found.code);
      const { route, others = [] } = found;
      audience = (route ?? others[0])?.audience ?? audience;
      if (route === undefined) return answerOther(request.method, others, context);
      context.facts.route = route.path;
      return await route.run({ request, context, params: paramsOf(route.path, target) });
    } catch (error) {
      return answerError(context, audience, toApiError(error));
    }
  }

  return {
    refusal: (method, path, host) => find(method, path, host).code ?? null,
    async fetch(request, context) {
      const answered = await run(request, context);
      const response = answered instanceof Response ? answered : toResponse(answered);
      if (request.method !== 'HEAD') return response;
      return new Response(null, response);
    },
    refuse: (error, context) => answerError(context, 'anyone', toApiError(error)),
  };
}

/** Answers a method that no route of the path has: a preflight, or 405. */
function answerOther(method: string, others: readonly Route[], context: RequestContext): Answer {
  const methods = others.flatMap((route) =>
    route.method === 'GET' ? ['GET', 'HEAD'] : [route.method],
  );
  const open = others.find(({ cors }) => cors?.requestHeaders !== undefined);
  const requestHeaders = open?.cors?.requestHeaders;
  if (method === 'OPTIONS' && requestHeaders !== undefined) {
    context.facts.route = 'preflight';
    return answer(context, 'anyone', 204, {
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': requestHeaders,
      'Access-Control-Max-Age': '86400',
    });
  }
  if (requestHeaders !== undefined) methods.push('OPTIONS');
  throw new ApiError('method_not_allowed', { headers: { Allow: methods.join(', ') } });
}

/** What a table has for a request: its route, the routes of other methods, or none. */
interface Found {
  readonly route?: Route;
  readonly others?: readonly Route[];
  readonly code?: 'host_unknown' | 'route_not_found';
}

/** `{name}` and a last `{name+}` in the matcher's own form. */
function matcherPath(path: string): string {
  return path.replace(/\{([^}+]+)\}/g, ':$1').replace(/\{([^}+]+)\+\}$/, ':$1{.+}');
}

const firstPiece = (path: string): string => path.split('/', 2)[1] ?? '';

/** Projects come first in paths of their images: a reserved name is none. */
function startsWithReserved(route: Route, path: string): boolean {
  return firstPiece(route.path).startsWith('{') && RESERVED_PROJECT_NAMES.has(firstPiece(path));
}

/** Every first path segment that the server answers itself is a name that no project can have. */
function checkReserved(routes: readonly Route[]): void {
  for (const { path } of routes) {
    const first = firstPiece(path);
    const isName = /^[a-z0-9-]+$/.test(first);
    if (!isName || RESERVED_PROJECT_NAMES.has(first)) continue;
    throw new Error(
      `${path}: add "${first}" to RESERVED_PROJECT_NAMES, or a project could hide it`,
    );
  }
}
