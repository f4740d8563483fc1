import { setImmediate as turn } from 'node:timers/promises';
import type { HttpBindings } from './request-scope.js';

/** A look at the connections that took longer may have been before or after the process slept. */
const SOON_MS = 20;

/**
 * Tells whether a request's client has closed its connection. The kernel knows before this process does,
 * which may have slept or been busy meanwhile: so the event loop is given the time to hear of it.
 */
export function createHasLeft({ incoming, outgoing }: HttpBindings): () => Promise<boolean> {
  const { socket } = incoming; // Node takes it away from a request that is given up
  return async () => {
    for (let took = Infinity; took > SOON_MS; ) {
      const began = performance.now();
      await turn();
      await turn(); // between the two, every connection was looked at
      took = performance.now() - began;
    }
    return outgoing.destroyed || socket.destroyed || socket.readableEnded;
  };
}
