import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineRawRoute, everyone, type Route } from '@auraimage/http';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

/** Vite puts a content hash into these names. */
const ASSETS = '/dashboard/assets/';
const FOREVER = 'public, max-age=31536000, immutable';

export interface DashboardOptions {
  /** Build folder of the dashboard. */
  readonly folder: string;
  /** Where its pages load images from and send uploads to. */
  readonly cdnUrl: string;
}

/** The dashboard's single page, at the path of every page, and the files of its build. */
export function dashboardRoutes({ folder, cdnUrl }: DashboardOptions): Route[] {
  const app = new Hono<{ Bindings: { readonly requestId: string } }>();
  const headers = pageHeaders(new URL(cdnUrl).origin);

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
    c.res.headers.set('X-Request-Id', c.env.requestId);
    c.res.headers.set('Cache-Control', cacheControl(c.req.path, c.res.status));
  });
  // A browser that opens the bare address is looking for the dashboard.
  app.get('/', (c) => c.redirect('/dashboard', 302));
  if (existsSync(join(folder, 'index.html'))) {
    const common = { root: folder, precompressed: true };
    const files = serveStatic({
      ...common,
      rewriteRequestPath: (path) => path.slice('/dashboard'.length),
    });
    const page = serveStatic({ ...common, path: 'index.html' });
    // Paths that look like files are files; all others are pages, which the client-side router resolves.
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

/** The page of an image may end like a file name, but files outside of assets are not in a subfolder. */
function isFile(path: string): boolean {
  return path.startsWith(ASSETS) || /^\/dashboard\/[^/]+\.\w+$/.test(path);
}

/** The pages run their own scripts only, connect to this server only, and cannot be framed. */
function pageHeaders(cdn: string): Readonly<Record<string, string>> {
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
