import { type Ask, ask, type Reply } from '../../acceptance/support/serve-request.js';
import type { Daemon } from '../../harness/daemon.js';

/** The same URL at a proxy. */
function at(proxy: Pick<Daemon, 'url'>, url: string): string {
  const { pathname, search } = new URL(url);
  return `${proxy.url}${pathname}${search}`;
}

/** Sends a request for the server through a proxy. */
export function askThrough(proxy: Daemon, url: string, options?: Ask): Promise<Reply> {
  return ask(at(proxy, url), options);
}

/** Status and text of a response. */
export function outcome({ status, body }: Reply): readonly [number, string] {
  return [status, body.toString()];
}

/** The server gives every response a new id, so a repeated id means a cached response. */
export function answerId({ headers }: Reply): string {
  return String(headers['x-request-id']);
}
