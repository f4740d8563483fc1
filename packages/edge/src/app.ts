import { ERRORS, type ErrorCode, type ImageAddress } from '@auraimage/protocol';
import { Hono } from 'hono';
import type { EdgeContext, EdgeEnv } from './context.js';
import { asEdgeError, EdgeError, errorAnswer } from './errors.js';
import { type Answer, answer, toResponse } from './http.js';
import { deleteRoute } from './library/delete.js';
import { factsRoute } from './library/facts.js';
import { listRoute } from './library/list.js';
import { revokeLinksRoute } from './library/revoke-links.js';
import type { EdgeOptions } from './options.js';
import { addressIn, pathOf, type ReadRequest, readAddress, refuseLong, targetOf } from './path.js';
import type { EdgePorts } from './ports.js';
import { createServe, createServeBlurhash } from './serve/route.js';
import { healthRoute, metricsRoute, readyRoute } from './status/route.js';
import { uploadRoute } from './upload/route.js';
import { visibilityRoute } from './visibility/route.js';

/** An edge: a request in, its answer out. Never rejects. */
export interface Edge {
  fetch(request: Request, env: EdgeEnv): Promise<Response>;
  /**
   * What `fetch` does for the requests that {@link readAddress} knows, in plain data both ways: for a
   * host that has no need of web objects.
   */
  read(request: ReadRequest, address: ImageAddress, env: EdgeEnv): Promise<Answer>;
  /** The answer to a request that the host itself refuses: with every header that others have. */
  refuse(code: ErrorCode, env: EdgeEnv): Answer;
}

/**
 * Makes the CDN: every route, in order.
 *
 * @example
 * const edge = createEdge({ objects, images, projects, access, receiver, engine, cache, uploadRate, clock }, options);
 * const response = await edge.fetch(request, { requestId, client, isOperator: () => false, hasLeft: async () => false, facts: {} });
 */
export function createEdge(ports: EdgePorts, options: EdgeOptions): Edge {
  const app = new Hono<{ Bindings: EdgeEnv }>({ getPath: ({ url }) => pathOf(targetOf(url)) });
  const serve = createServe(ports, options);
  const serveBlurhash = createServeBlurhash(ports, options);

  app.post('/v1/upload', web(uploadRoute(ports, options)));
  app.options('/v1/upload', web(preflight('POST', 'X-Aura-Signature, Content-Type')));
  app.all('/v1/upload', web(only('POST, OPTIONS')));

  app.get('/v1/images/:project/:key', web(factsRoute(ports, options)));
  app.patch('/v1/images/:project/:key', web(visibilityRoute(ports, options)));
  app.delete('/v1/images/:project/:key', web(deleteRoute(ports)));
  app.all('/v1/images/:project/:key', web(only('GET, HEAD, PATCH, DELETE')));

  app.post('/v1/images/:project/:key/revoke-links', web(revokeLinksRoute(ports)));
  app.all('/v1/images/:project/:key/revoke-links', web(only('POST')));

  app.get('/v1/projects/:project/images', web(listRoute(ports, options)));
  app.all('/v1/projects/:project/images', web(only('GET, HEAD')));

  app.get(
    '/v1/blurhash/:project/:key',
    web((c) => serveBlurhash(readOf(c.req.raw), addressIn(c.req.path, '/v1/blurhash/'), c.env)),
  );
  app.options('/v1/blurhash/:project/:key', web(preflight('GET, HEAD', 'Range')));
  app.all('/v1/blurhash/:project/:key', web(only('GET, HEAD, OPTIONS')));

  app.get('/health', web(healthRoute));
  app.all('/health', web(only('GET, HEAD')));
  app.get('/ready', web(readyRoute(ports, options)));
  app.all('/ready', web(only('GET, HEAD')));
  app.get('/metrics', web(metricsRoute(options)));

  app.get('/:project/:key', (c) => {
    c.env.facts.route = 'serve';
    throw new EdgeError('image_not_found'); // an address that no image can have
  });
  app.options('/:project/:key', web(preflight('GET, HEAD', 'Range, If-None-Match')));
  app.all('/:project/:key', web(only('GET, HEAD, OPTIONS')));

  app.notFound(() => {
    throw new EdgeError('route_not_found');
  });
  app.onError((error, c) => toResponse(refusal(error, c.env)));

  const read: Edge['read'] = async (request, address, env) => {
    try {
      refuseLong(request.target);
      return await serve(request, address, env);
    } catch (error) {
      return refusal(error, env);
    }
  };

  return {
    read,
    refuse: (code, env) => refusal(new EdgeError(code), env),
    async fetch(request, env) {
      try {
        const target = targetOf(request.url);
        refuseLong(target);
        const address = readAddress(request.method, target);
        if (address !== null) return toResponse(await read(readOf(request), address, env));
        return await app.fetch(request, env);
      } catch (error) {
        return toResponse(refusal(error, env));
      }
    },
  };
}

/** A handler for the router. */
function web(handle: (c: EdgeContext) => Answer | Promise<Answer>) {
  return async (c: EdgeContext): Promise<Response> => toResponse(await handle(c));
}

function readOf({ method, url, headers, signal }: Request): ReadRequest {
  return { method, target: targetOf(url), headers, signal };
}

function refusal(error: unknown, { facts, requestId }: EdgeEnv): Answer {
  const known = asEdgeError(error);
  facts.code = known.code;
  // A 5xx without a cause is a plain refusal, such as 503 for a full queue: clients could fill the log with faults.
  if (ERRORS[known.code].status >= 500) facts.failure = known.cause;
  return errorAnswer(requestId, known);
}

function preflight(methods: string, headers: string) {
  return (c: EdgeContext): Answer => {
    c.env.facts.route = 'preflight';
    return answer(c.env.requestId, 204, {
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': headers,
      'Access-Control-Max-Age': '86400',
    });
  };
}

function only(methods: string) {
  return (): Answer => {
    throw new EdgeError('method_not_allowed', { headers: { Allow: methods } });
  };
}
