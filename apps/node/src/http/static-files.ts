import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineRawRoute, everyone, type Route } from '@auraimage/http';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

export const FOREVER = 'public, max-age=31536000, immutable';

export interface DashboardOptions {
  /** Build folder of the dashboard. */
  readonly folder: string;
  /** Where its pages load images from and send uploads to. */
  readonly cdnUrl: string;
}

/** The dashboard's single page, at the path of every page, and the files of its build. */
export function dashboardRoutes({ folder, cdnUrl }: DashboardOptions): Route[] {
  const app = createPages('/dashboard/assets/', new URL(cdnUrl).origin);
  // A browser that opens the bare address is looking for the dashboard.
  app.get('/', (c) => c.redirect('/dashboard', 302));
  if (existsSync(join(folder, 'index.html'))) {
    const files = serveFiles(folder, (path) => path.slice('/dashboard'.length));
    const page = serveFile(folder, 'index.html');
    // Paths that look like files are files; all others are pages, which the client-side router resolves.
    app.get('/dashboard/*', (c, next) => (isFile(c.req.path) ? files(c, next) : page(c, next)));
    app.get('/device', page);
  } else {
    app.get('*', (c) => c.text(notBuilt('dashboard'), 404));
  }
  app.notFound((c) => c.text('There is no such file\n', 404));
  return pageRoutes(app, ['/', '/device', '/dashboard', '/dashboard/', '/dashboard/{page+}']);
}

/** The page of an image may end like a file name, but files outside of assets are not in a subfolder. */
function isFile(path: string): boolean {
  return path.startsWith('/dashboard/assets/') || /^\/dashboard\/[^/]+\.\w+$/.test(path);
}

/**
 * The documentation: pages at addresses without extension, the Markdown of each at the same address with `.md`, and
 * `/llms.txt`.
 *
 * @param folder build folder of `apps/docs`
 */
export function documentationRoutes(folder: string): Route[] {
  const app = createPages('/docs/assets/');
  if (existsSync(join(folder, 'index.html'))) {
    app.get('/llms.txt', serveFile(folder, 'llms.txt'));
    app.get('/llms-full.txt', serveFile(folder, 'llms-full.txt'));
    app.get('/docs/*', serveFiles(folder, documentPath));
    const missing = serveFile(folder, '404.html');
    app.notFound(async (c) => {
      const page = await missing(c, async () => {});
      return new Response(page?.body ?? null, { status: 404, headers: c.res.headers });
    });
  } else {
    app.notFound((c) => c.text(notBuilt('documentation'), 404));
  }
  const paths = ['/docs', '/docs/', '/docs/{page+}', '/llms.txt', '/llms-full.txt'] as const;
  return pageRoutes(app, paths);
}

/** `/docs/guides/react` is `guides/react.html`. */
function documentPath(path: string): string {
  const name = path.slice('/docs'.length).replace(/\/$/, '') || '/index';
  return /\.\w+$/.test(name) ? name : `${name}.html`;
}

type PageContext = { Bindings: { readonly requestId: string } };

/**
 * An application whose responses all have the headers of our pages.
 *
 * @param assets path of the files whose names contain a hash of their content
 * @param cdn origin that the pages may load images from and connect to
 */
function createPages(assets: string, cdn?: string): Hono<PageContext> {
  const app = new Hono<PageContext>();
  const headers = pageHeaders(cdn);
  app.use(async (c, next) => {
    // Pages are sent whole. Else the page of a 404 would be sent in part, too.
    c.req.raw.headers.delete('range');
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    if (c.res.ok && c.req.path.endsWith('.md')) {
      c.res.headers.set('Content-Type', 'text/markdown; charset=UTF-8');
    }
    c.res.headers.set('X-Request-Id', c.env.requestId);
    const isAsset = c.req.path.startsWith(assets);
    const cacheControl = isAsset ? FOREVER : 'no-cache';
    c.res.headers.set('Cache-Control', c.res.status === 200 ? cacheControl : 'no-store');
  });
  return app;
}

function serveFiles(root: string, rewriteRequestPath: (path: string) => string) {
  return serveStatic<PageContext>({ root, rewriteRequestPath, precompressed: true });
}

function serveFile(root: string, path: string) {
  return serveStatic<PageContext>({ root, path, precompressed: true });
}

function notBuilt(what: string): string {
  return `The ${what} is not built: run "npm run build", then start the server again.\n`;
}

function pageRoutes(app: Hono<PageContext>, paths: readonly `/${string}`[]): Route[] {
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

/** The pages run their own scripts only, connect to this server and the CDN only, and cannot be framed. */
function pageHeaders(cdn?: string): Readonly<Record<string, string>> {
  const others = cdn === undefined ? '' : ` ${cdn}`;
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' blob: data:${others}`,
    `connect-src 'self'${others}`,
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
