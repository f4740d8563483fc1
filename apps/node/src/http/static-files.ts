import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiError, answer, defineRawRoute, everyone, type Route } from '@auraimage/http';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** Vite names these after what is in them. */
const ASSETS = '/dashboard/assets/';
const FOREVER = 'public, max-age=31536000, immutable';

export interface DashboardOptions {
  /** Where the dashboard was built to. */
  readonly folder: string;
  /** Where its pages get pictures from and send uploads to. */
  readonly cdnUrl: string;
}

/** The dashboard's single page, at every address that is a page of it, and the files of its build. */
export function dashboardRoutes({ folder, cdnUrl }: DashboardOptions): Route[] {
  const app = new Hono<{ Bindings: { readonly requestId: string } }>();
  const fields = pageFields(new URL(cdnUrl).origin);

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(fields)) c.res.headers.set(name, value);
    c.res.headers.set('X-Request-Id', c.env.requestId);
    c.res.headers.set('Cache-Control', cacheControl(c.req.path, c.res.status));
  });
  // Who types the server's name alone looks for its pages.
  app.get('/', (c) => c.redirect('/dashboard', 302));
  if (existsSync(join(folder, 'index.html'))) {
    const common = { root: folder, precompressed: true };
    const files = serveStatic({
      ...common,
      rewriteRequestPath: (path) => path.slice('/dashboard'.length),
    });
    const page = serveStatic({ ...common, path: 'index.html' });
    // What looks like a file is one; everything else is a page, which the script in it finds.
    app.get('/dashboard/*', (c, next) => (isFile(c.req.path) ? files(c, next) : page(c, next)));
    app.get('/device', page);
  } else {
    const text = 'The dashboard is not built: run "npm run build", then start the server again.\n';
    app.get('*', (c) => c.text(text, 404));
  }
  app.notFound((c) => c.text('There is no such file\n', 404));

  const paths = ['/', '/device', '/dashboard', '/dashboard/', '/dashboard/{page+}'] as const;
  return paths.map((path) =>
    defineRawRoute({
      method: 'GET',
      path,
      hosts: ['app'],
      access: everyone,
      raw: ({ request, context: { requestId } }) => app.fetch(request, { requestId }),
    }),
  );
}

function cacheControl(path: string, status: number): string {
  if (status !== 200) return 'no-store';
  return path.startsWith(ASSETS) ? FOREVER : 'no-cache';
}

/** The page of an image ends like a file, too: files that are no asset have no folder. */
function isFile(path: string): boolean {
  return path.startsWith(ASSETS) || /^\/dashboard\/[^/]+\.\w+$/.test(path);
}

/** A page that runs its own scripts alone, talks to this server alone, and is framed by nobody. */
function pageFields(cdn: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: data: ${cdn}`,
    `connect-src 'self' ${cdn}`,
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Security-Policy': policy.join('; '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}

const REGISTRY_CACHE = 'public, max-age=3600';

/**
 * The components of `@auraimage/react` as a shadcn registry: `/registry/image.json` and the like. Every page
 * may load them: they are source code that is public anyway.
 *
 * @param folder where `scripts/registry.mjs` wrote them
 */
export function registryRoutes(folder: string): Route[] {
  const app = new Hono();
  app.get(
    '/registry/:item{[a-z]+\\.json}',
    serveStatic({ root: folder, rewriteRequestPath: (path) => path.slice('/registry'.length) }),
  );
  return [
    defineRawRoute({
      method: 'GET',
      path: '/registry/{item}',
      hosts: ['app'],
      access: everyone,
      cors: {},
      async raw({ request, context }) {
        const found = await app.fetch(request);
        if (found.status !== 200) {
          throw new ApiError('route_not_found', { message: 'The registry has no such item' });
        }
        const { headers } = answer(context, 'anyone', 200, { 'Cache-Control': REGISTRY_CACHE });
        for (const [name, value] of Object.entries(headers)) found.headers.set(name, value);
        return found;
      },
    }),
  ];
}
