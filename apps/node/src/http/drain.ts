import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Idle keep-alive connections stay open this long, so that a next request gets `Connection: close`. */
const KEEP_ALIVE_MS = 1000;
const POLL_MS = 20;
/** Longest time until a request ends whose connection was closed here, in milliseconds. */
const ABORT_MS = 1000;

/**
 * Closes a server gracefully: it accepts no new connections, lets requests in flight end, and answers on
 * keep-alive connections for a moment more (uploads with 503).
 *
 * @param inFlight number of requests in flight
 * @param limitMs after this time the remaining connections are closed
 * @returns whether all requests ended in time
 */
export async function drain(
  server: Server,
  inFlight: () => number,
  limitMs: number,
): Promise<boolean> {
  // http.Server.close() would also close the keep-alive connections at once.
  NetServer.prototype.close.call(server);
  const started = Date.now();
  while (Date.now() - started < limitMs) {
    const elapsed = Date.now() - started;
    if (inFlight() === 0 && (elapsed > KEEP_ALIVE_MS || !(await hasConnections(server)))) break;
    await sleep(POLL_MS);
  }
  const clean = inFlight() === 0;
  server.closeAllConnections();
  // A request whose connection is closed ends a moment later: only then is it logged and counted.
  const until = Date.now() + ABORT_MS;
  while (inFlight() > 0 && Date.now() < until) await sleep(POLL_MS);
  return clean;
}

function hasConnections(server: Server): Promise<boolean> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error !== null || count > 0));
  });
}
