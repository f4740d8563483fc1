import { ERRORS, type ImageAddress, parseImageAddress } from '@auraimage/protocol';
import { Hono } from 'hono';
import type { EdgeContext, EdgeEnv } from './context.js';
import { asEdgeError, EdgeError, errorResponse } from './errors.js';
import { answer } from './http.js';
import { deleteRoute } from './library/delete.js';
import { listRoute } from './library/list.js';
import type { EdgeOptions } from './options.js';
import { addressIn, rawPath, refuseLongUrl } from './path.js';
import type { EdgePorts } from './ports.js';
import { createServe, createServeBlurhash } from './serve/route.js';
import { healthRoute, metricsRoute, readyRoute } from './status/route.js';
import { uploadRoute } from './upload/route.js';
import { visibilityRoute } from './visibility/route.js';

/** An edge: a request in, its response out. Never rejects. */
export interface Edge {
  fetch(request: Request, env: EdgeEnv): Promise<Response>;
}

/**
 * Makes the CDN: every route, in order.
 *
 * @example
 * const edge = createEdge({ objects, images, projects, receiver, engine, cache, uploadRate, clock }, options);
 * const response = await edge.fetch(request, { requestId, client, isOperator: () => false, facts: {} });
 */
export function createEdge(ports: EdgePorts, options: EdgeOptions): Edge {
  const app = new Hono<{ Bindings: EdgeEnv }>({ getPath: rawPath });
  const serve = createServe(ports, options);
  const serveBlurhash = createServeBlurhash(ports);

  app.post('/v1/upload', uploadRoute(ports, options));
  app.options('/v1/upload', preflight('POST', 'X-Aura-Signature, Content-Type'));
  app.all('/v1/upload', only('POST, OPTIONS'));

  app.patch('/v1/images/:project/:key', visibilityRoute(ports, options));
  app.delete('/v1/images/:project/:key', deleteRoute(ports));
  app.all('/v1/images/:project/:key', only('PATCH, DELETE'));

  app.get('/v1/projects/:project/images', listRoute(ports, options));
  app.all('/v1/projects/:project/images', only('GET, HEAD'));

  app.get('/v1/blurhash/:project/:key', (c) =>
    serveBlurhash(c.req.raw, addressIn(c.req.path, '/v1/blurhash/'), c.env),
  );
  app.options('/v1/blurhash/:project/:key', preflight('GET, HEAD', 'Range'));
  app.all('/v1/blurhash/:project/:key', only('GET, HEAD, OPTIONS'));

  app.get('/health', healthRoute);
  app.get('/ready', readyRoute(ports, options));
  app.get('/metrics', metricsRoute(options));

  app.get('/:project/:key', (c) => {
    c.env.facts.route = 'serve';
    throw new EdgeError('image_not_found'); // an address that no image can have
  });
  app.options('/:project/:key', preflight('GET, HEAD', 'Range, If-None-Match'));
  app.all('/:project/:key', only('GET, HEAD, OPTIONS'));

  app.notFound(() => {
    throw new EdgeError('route_not_found');
  });
  app.onError((error, c) => refusal(error, c.env));

  return {
    async fetch(request, env) {
      try {
        refuseLongUrl(request);
        const image = imageRead(request);
        return image ? await serve(request, image, env) : await app.fetch(request, env);
      } catch (error) {
        return refusal(error, env);
      }
    },
  };
}

/**
 * The image that a request reads. Nearly every request reads one, and no other route has such an
 * address: these need no router.
 */
function imageRead(request: Request): ImageAddress | null {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead ? parseImageAddress(rawPath(request).slice(1)) : null;
}

function refusal(error: unknown, { facts, requestId }: EdgeEnv): Response {
  const known = asEdgeError(error);
  facts.code = known.code;
  if (ERRORS[known.code].status >= 500) facts.failure = known.cause ?? known;
  return errorResponse(requestId, known);
}

function preflight(methods: string, headers: string) {
  return (c: EdgeContext): Response => {
    c.env.facts.route = 'preflight';
    return answer(c.env.requestId, 204, {
      'Access-Control-Allow-Methods': methods,
      'Access-Control-Allow-Headers': headers,
      'Access-Control-Max-Age': '86400',
    });
  };
}

function only(methods: string) {
  return (): Response => {
    throw new EdgeError('method_not_allowed', { headers: { Allow: methods } });
  };
}
