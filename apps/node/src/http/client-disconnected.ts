import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HttpBindings } from '../telemetry/tracer.js';

/** A turn of the event loop that took longer may have seen the sockets before the process was suspended. */
const FAST_TURN_MS = 100;
/** Most attempts: on a busy machine each is slow, and the caller may hold a row lock. */
const MAX_ATTEMPTS = 3;

/**
 * Returns a function that tells whether the request's client has disconnected. The kernel knows before this
 * process does, which may have been suspended or busy: so the event loop gets the time to poll the sockets.
 */
export function createIsDisconnected({ incoming, outgoing }: HttpBindings): () => Promise<boolean> {
  const { socket } = incoming; // Node removes it from a request that is aborted
  return async () => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const began = performance.now();
      await nextTurn();
      await nextTurn(); // every socket was polled between the two
      if (performance.now() - began < FAST_TURN_MS) break;
    }
    return outgoing.destroyed || socket.destroyed || socket.readableEnded;
  };
}
