import { RESERVED_PROJECT_NAMES } from '@auraimage/protocol';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { SmartRouter } from 'hono/router/smart-router';
import { TrieRouter } from 'hono/router/trie-router';
import { type Answer, type Audience, answer, answerError, toResponse } from './answer.js';
import { ApiError, toApiError } from './api-error.js';
import { checkTarget, type Host, pathOf, type RequestContext, targetOf } from './context.js';
import { type Method, paramsOf, type Route } from './route.js';

/** Maximum number of segments of a path: matching takes longer with each. */
const MAX_SEGMENTS = 32;
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Routes requests. */
export interface Router {
  /**
   * Runs the route that matches and returns its response. Never rejects: errors become error responses. For
   * `HEAD` it runs the `GET` route and drops the body.
   */
  fetch(request: Request, context: RequestContext): Promise<Response>;
  /**
   * Why a virtual host does not serve a request, or `null` if it does. It takes plain values because a malformed
   * `Host` header prevents a `Request` object.
   */
  refusal(method: string, path: string, host: Host): 'host_unknown' | 'route_not_found' | null;
  /** The error response for a request that the host rejects before routing. */
  refuse(error: unknown, context: RequestContext): Answer;
}

/**
 * Creates a router from the route table. The table also determines `405` and its `Allow` header, CORS
 * preflights, the virtual hosts of each route, and the route's label in metrics.
 *
 * Its error responses are `uri_too_long` (over 8,192 characters), `host_unknown`, `route_not_found`,
 * `method_not_allowed`, and whatever a route throws.
 *
 * @param routes every route of the server; the first that matches is used
 * @throws {Error} when a path starts with a segment that is not in `RESERVED_PROJECT_NAMES`: a project of that
 *   name would lose its images' URLs
 *
 * @example
 * const router = createRouter([...edge.routes, ...control.routes]);
 * const response = await router.fetch(request, context);
 */
export function createRouter(routes: readonly Route[]): Router {
  const ownSegments = ownFirstSegments(routes);
  const matcher = new SmartRouter<Route>({ routers: [new RegExpRouter(), new TrieRouter()] });
  for (const route of routes) matcher.add(route.method, matcherPath(route.path), route);

  const match = (method: string, path: string): Route | undefined => {
    if (!METHODS.some((name) => name === method) || !hasFewSegments(path)) return undefined;
    const [found] = matcher.match(method, path);
    const all = found as readonly (readonly [Route, unknown])[];
    // A path such as `/{project}/{key}` must not match `/v1/…`.
    const isOwn = ownSegments.has(firstSegment(path));
    return all
      .map(([route]) => route)
      .find((route) => !isOwn || isLiteral(firstSegment(route.path)));
  };

  const find = (method: string, path: string, host: Host | null): Found => {
    const answers = (route: Route | undefined): route is Route =>
      route !== undefined && (host === null || route.hosts.includes(host));
    const exact = match(method === 'HEAD' ? 'GET' : method, path);
    if (answers(exact)) return { route: exact };
    if (host === 'unknown') return { code: 'host_unknown' };
    // Another host serves the method.
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
      const head = new Response(null, response);
      const { body } = answered;
      if (typeof body === 'string') head.headers.set('Content-Length', lengthOf(body));
      return head;
    },
    refuse: (error, context) => answerError(context, 'anyone', toApiError(error)),
  };
}

/** Bytes of a text in UTF-8. */
function lengthOf(text: string): string {
  return String(new TextEncoder().encode(text).length);
}

/** The response when the path matches, but no route has the method: a preflight's, or 405. */
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

/** The route of a request, or the routes of other methods at the same path, or why there is none. */
interface Found {
  readonly route?: Route;
  readonly others?: readonly Route[];
  readonly code?: 'host_unknown' | 'route_not_found';
}

/** Translates `{name}` and `{name+}` to the matcher's syntax. */
function matcherPath(path: string): string {
  return path.replace(/\{([^}+]+)\}/g, ':$1').replace(/\{([^}+]+)\+\}/, ':$1{.+}');
}

const firstSegment = (path: string): string => path.split('/', 2)[1] ?? '';

function hasFewSegments(path: string): boolean {
  return path.split('/', MAX_SEGMENTS + 2).length <= MAX_SEGMENTS + 1;
}

const isLiteral = (segment: string): boolean => !segment.startsWith('{');

/**
 * The first segments that the server answers itself. Each must be a name that no project can have.
 *
 * @throws {Error} for a segment that is not in `RESERVED_PROJECT_NAMES`
 */
function ownFirstSegments(routes: readonly Route[]): ReadonlySet<string> {
  const own = new Set(routes.map(({ path }) => firstSegment(path)).filter(isLiteral));
  for (const segment of own) {
    const isName = /^[a-z0-9-]+$/.test(segment);
    if (!isName || RESERVED_PROJECT_NAMES.has(segment)) continue;
    throw new Error(
      `/${segment}: add "${segment}" to RESERVED_PROJECT_NAMES, or a project of that name loses its image URLs`,
    );
  }
  return own;
}
