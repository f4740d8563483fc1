import { type Ask, ask, type Reply } from '../../acceptance/support/serve-request.js';
import type { Daemon } from '../../harness/daemon.js';

/** The same address at a proxy. */
function at(proxy: Pick<Daemon, 'url'>, url: string): string {
  const { pathname, search } = new URL(url);
  return `${proxy.url}${pathname}${search}`;
}

/** Asks through a proxy what would be asked of the server. */
export function askThrough(proxy: Daemon, url: string, options?: Ask): Promise<Reply> {
  return ask(at(proxy, url), options);
}

/** Status and text, for answers that have one. */
export function outcome({ status, body }: Reply): readonly [number, string] {
  return [status, body.toString()];
}

/** The server names every answer; one that comes again has been kept. */
export function answerId({ headers }: Reply): string {
  return String(headers['x-request-id']);
}
