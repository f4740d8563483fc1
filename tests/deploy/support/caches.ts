import { type Daemon, startDaemon } from '../../harness/daemon.js';
import { startNginx } from '../../harness/nginx.js';
import { freePort } from '../../harness/ports.js';

/** A cache in front of a server. */
export interface CacheCase {
  readonly name: string;
  /** Whether its cache key contains the query, as by default. */
  readonly byQuery: boolean;
  /** Whether it serves stale responses instead of refusals. */
  readonly stale?: true;
  /** Whether it removes cookies from requests. */
  readonly dropsCookies?: true;
  /** @param origin address of the server, without a trailing slash */
  start(origin: string): Promise<Daemon>;
}

/** Every cache that must not store a private picture. */
export const CACHES: readonly CacheCase[] = [
  { name: 'nginx, nothing but proxy_cache', byQuery: true, start: nginx('') },
  {
    // By default it stores every response without Cache-Control, errors too, and serves it stale.
    name: 'nginx, keeping what has no lifetime of its own',
    byQuery: true,
    stale: true,
    start: nginx(`
      proxy_cache_valid any 10m;
      proxy_cache_lock on;
      proxy_cache_use_stale error timeout updating http_500 http_503 http_403 http_404;
      proxy_cache_background_update on;`),
  },
  {
    // One entry for all sizes and tokens: signed and unsigned requests wait for each other.
    name: 'nginx, deaf to the query',
    byQuery: false,
    start: nginx('proxy_cache_key $uri; proxy_cache_lock on; proxy_cache_valid any 10m;'),
  },
  { name: 'Varnish, no VCL of its own', byQuery: true, start: varnish() },
  {
    // With cookies it would cache nothing, so many configurations remove them.
    name: 'Varnish, deaf to cookies and the query',
    byQuery: false,
    dropsCookies: true,
    start: varnish(`
      sub vcl_recv { unset req.http.Cookie; }
      sub vcl_hash { hash_data(regsub(req.url, "\\?.*", "")); return (lookup); }
      sub vcl_backend_response { set beresp.grace = 1h; }`),
  },
];

/** The caches that also handle public pictures correctly. */
export const FAITHFUL = CACHES.filter(({ byQuery }) => byQuery);

/** Those of them that respect the lifetime of a response. */
export const PLAIN = FAITHFUL.filter(({ stale }) => stale !== true);

/** A forbidden configuration: it ignores the server's Cache-Control. */
export const OBSTINATE: CacheCase = {
  name: 'nginx that ignores Cache-Control',
  byQuery: false,
  start: nginx(`
    proxy_ignore_headers Cache-Control Set-Cookie Vary;
    proxy_cache_valid 200 10m;
    proxy_cache_key $uri;`),
};

function nginx(settings: string) {
  return (origin: string): Promise<Daemon> =>
    startNginx({
      http: (port) => `
        proxy_cache_path kept keys_zone=kept:1m use_temp_path=off;
        server {
          listen 127.0.0.1:${port};
          client_max_body_size 0;
          location / {
            proxy_pass ${origin.replace('localhost', '127.0.0.1')};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_cache kept;
            ${settings}
          }
        }`,
    });
}

function varnish(vcl?: string) {
  return async (origin: string): Promise<Daemon> => {
    const { port } = new URL(origin);
    const backend = `backend default { .host = "127.0.0.1"; .port = "${port}"; }`;
    const files = vcl === undefined ? {} : { 'own.vcl': `vcl 4.1;\n${backend}\n${vcl}` };
    return startDaemon(
      {
        command: 'varnishd',
        from: 'varnish',
        files,
        arguments: (folder, listen) => [
          ...['-F', '-j', 'none', '-n', `${folder}/work`, '-s', 'malloc,64m'],
          ...['-a', `127.0.0.1:${listen}`],
          ...(vcl === undefined ? ['-b', `127.0.0.1:${port}`] : ['-f', `${folder}/own.vcl`]),
        ],
      },
      await freePort(),
    );
  };
}
