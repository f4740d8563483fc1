import { defineRawRoute, everyone, type Route } from '@auraimage/http';

/** For files whose names stand for their content. */
export const FOREVER = 'public, max-age=31536000, immutable';

/**
 * Serves a file of a build, for `GET` and `HEAD`, with its media type. Resolves with `null` if there is none.
 *
 * @param path begins with a slash, may be percent-encoded, and may name no file or one outside of the build
 */
export type ServeFile = (path: string, request: Request) => Promise<Response | null>;

/**
 * The dashboard's single page, at the path of every page, and the files of its build.
 *
 * @param serve files of the build folder of `apps/dashboard`; `null` if it is not built
 * @param cdnUrl where its pages load images from and send uploads to
 */
export function dashboardRoutes(serve: ServeFile | null, cdnUrl: string): Route[] {
  const frame = { assets: '/dashboard/assets/', headers: pageHeaders(new URL(cdnUrl).origin) };
  return pageRoutes(
    ['/', '/device', '/dashboard', '/dashboard/', '/dashboard/{page+}'],
    frame,
    async (path, request) => {
      // A browser that opens the bare address is looking for the dashboard.
      if (path === '/')
        return new Response(null, { status: 302, headers: { Location: '/dashboard' } });
      if (serve === null) return notBuilt('dashboard');
      // Paths that look like files are files; all others are pages, which the client-side router resolves.
      const file = isFile(path) ? path.slice('/dashboard'.length) : '/index.html';
      return (await serve(file, request)) ?? plainText('There is no such file\n');
    },
  );
}

/** The page of an image may end like a file name, but files outside of assets are not in a subfolder. */
function isFile(path: string): boolean {
  return path.startsWith('/dashboard/assets/') || /^\/dashboard\/[^/]+\.\w+$/.test(path);
}

/**
 * The documentation: pages at addresses without extension, the Markdown of each at the same address with `.md`, and
 * `/llms.txt`.
 *
 * @param serve files of the build folder of `apps/docs`; `null` if it is not built
 */
export function documentationRoutes(serve: ServeFile | null): Route[] {
  const frame = { assets: '/docs/assets/', headers: pageHeaders() };
  return pageRoutes(
    ['/docs', '/docs/', '/docs/{page+}', '/llms.txt', '/llms-full.txt'],
    frame,
    async (path, request) => {
      if (serve === null) return notBuilt('documentation');
      const found = await serve(documentFile(path), request);
      if (found !== null) return found;
      const page = await serve('/404.html', request);
      return new Response(page?.body ?? null, { status: 404, headers: page?.headers ?? {} });
    },
  );
}

/** `/docs/guides/react` is `guides/react.html`. */
function documentFile(path: string): string {
  if (!path.startsWith('/docs')) return path;
  const name = path.slice('/docs'.length).replace(/\/$/, '') || '/index';
  return /\.\w+$/.test(name) ? name : `${name}.html`;
}

interface Frame {
  /** Path of the files whose names contain a hash of their content. */
  readonly assets: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Routes whose responses all have the headers of our pages. */
function pageRoutes(
  paths: readonly `/${string}`[],
  { assets, headers }: Frame,
  respond: (path: string, request: Request) => Promise<Response>,
): Route[] {
  return paths.map((path) =>
    defineRawRoute({
      method: 'GET',
      path,
      hosts: ['app'],
      access: everyone,
      async raw({ request, context: { requestId } }) {
        const asked = new URL(request.url).pathname;
        // Pages are sent whole. Else the page of a 404 would be sent in part, too.
        const whole = new Request(request);
        whole.headers.delete('range');
        const found = await respond(asked, whole);
        const response = new Response(found.body, found);
        for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
        if (response.ok && asked.endsWith('.md')) {
          response.headers.set('Content-Type', 'text/markdown; charset=UTF-8');
        }
        response.headers.set('X-Request-Id', requestId);
        const cacheControl = asked.startsWith(assets) ? FOREVER : 'no-cache';
        const isKept = response.status === 200 || response.status === 304;
        response.headers.set('Cache-Control', isKept ? cacheControl : 'no-store');
        return response;
      },
    }),
  );
}

function notBuilt(what: string): Response {
  return plainText(`The ${what} is not built: run "npm run build", then start the server again.\n`);
}

function plainText(text: string): Response {
  const headers = { 'Content-Type': 'text/plain; charset=UTF-8' };
  return new Response(text, { status: 404, headers });
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
