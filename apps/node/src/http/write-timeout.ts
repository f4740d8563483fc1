import type { ServerResponse } from 'node:http';

/**
 * Cuts the connection of an answer when its reader takes nothing of it for a while. Where nothing waits
 * for the reader, the server itself is at work, and has its own time limits for that.
 *
 * Call it when the answer has been handed over: of most the system has every byte by then, and they
 * need no timer. Node takes the timer away with the next request.
 */
export function cutIdleReader(outgoing: ServerResponse, idleMs: number): void {
  if (outgoing.writableEnded && outgoing.writableLength === 0) return;
  outgoing.setTimeout(idleMs, () => {
    if (outgoing.writableLength > 0) outgoing.destroy();
  });
}
