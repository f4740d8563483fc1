import type { Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Kept connections get this long to send one more request and be told to go elsewhere. */
const KEPT_CONNECTION_MS = 1000;
const POLL_MS = 20;

/**
 * Ends a server without cutting off anyone: no new connection is taken, work under way ends, and kept
 * connections are answered for a moment more (uploads with 503).
 *
 * @param inFlight how many requests are still unanswered
 * @param limitMs after this the remaining connections are cut
 * @returns whether everything ended in time
 */
export async function drain(
  server: Server,
  inFlight: () => number,
  limitMs: number,
): Promise<boolean> {
  // http.Server.close() would also cut the kept connections at once.
  NetServer.prototype.close.call(server);
  const started = Date.now();
  while (Date.now() - started < limitMs) {
    const lasted = Date.now() - started;
    if (inFlight() === 0 && (lasted > KEPT_CONNECTION_MS || !(await hasConnections(server)))) break;
    await sleep(POLL_MS);
  }
  const clean = inFlight() === 0;
  server.closeAllConnections();
  return clean;
}

function hasConnections(server: Server): Promise<boolean> {
  return new Promise((resolve) => {
    server.getConnections((error, count) => resolve(error !== null || count > 0));
  });
}
