import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** The components of `@auraimage/react` as a shadcn registry: `/registry/image.json` and the like. */
export interface Registry {
  handles(path: string): boolean;
  fetch(request: Request, requestId: string): Promise<Response>;
}

const CACHE = 'public, max-age=3600';

/**
 * Serves the registry's items to anyone, from any page: they are source code that is public anyway.
 *
 * @param folder where `scripts/registry.mjs` wrote them
 */
export function createRegistry(folder: string): Registry {
  const app = new Hono<{ Bindings: { readonly requestId: string } }>();
  app.use(async (c, next) => {
    await next();
    c.header('Access-Control-Allow-Origin', '*');
    c.header('Content-Security-Policy', "default-src 'none'; sandbox");
    c.header('Cross-Origin-Resource-Policy', 'cross-origin');
    c.header('X-Content-Type-Options', 'nosniff');
    c.header('X-Request-Id', c.env.requestId);
    c.header('Cache-Control', c.res.status === 200 ? CACHE : 'no-store');
  });
  app.get(
    '/registry/:item{[a-z]+\\.json}',
    serveStatic({
      root: folder,
      rewriteRequestPath: (path) => path.slice('/registry'.length),
    }),
  );
  app.all('*', (c) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
    if (isRead) return c.json({ message: 'The registry has no such item' }, 404);
    return c.json({ message: 'The registry is read only' }, 405, { Allow: 'GET, HEAD' });
  });

  return {
    handles: (path) => path === '/registry' || path.startsWith('/registry/'),
    fetch: async (request, requestId) => app.fetch(request, { requestId }),
  };
}
