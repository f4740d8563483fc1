import { setImmediate as turn } from 'node:timers/promises';
import type { HttpBindings } from '../telemetry/tracer.js';

/** A look that took longer may have been before the process slept, and the others have gone on meanwhile. */
const SOON_MS = 100;
/** Looks at most: on a busy machine each takes long, and whoever waits here may hold a row. */
const LOOKS = 3;

/**
 * Tells whether a request's client has closed its connection. The kernel knows before this process does,
 * which may have slept or been busy meanwhile: so the event loop is given the time to hear of it.
 */
export function createIsDisconnected({ incoming, outgoing }: HttpBindings): () => Promise<boolean> {
  const { socket } = incoming; // Node takes it away from a request that is given up
  return async () => {
    for (let look = 0; look < LOOKS; look++) {
      const began = performance.now();
      await turn();
      await turn(); // between the two, every connection was looked at
      if (performance.now() - began < SOON_MS) break;
    }
    return outgoing.destroyed || socket.destroyed || socket.readableEnded;
  };
}
