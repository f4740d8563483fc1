import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Most requests of one connection that wait for their turn. No browser and no proxy sends ahead. */
const MAX_WAITING = 32;

/**
 * Has a connection's requests handled one after the other. Node reads requests that were sent ahead,
 * and says nothing of their answers when the connection closes: what had begun for them would stay for
 * good. So a request begins when the answer before it has been sent; whoever sends too many is cut off.
 */
export function oneByOne(handle: Handle): Handle {
  const waiting = new WeakMap<Socket, number>();

  const wait = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { socket } = incoming;
    const count = waiting.get(socket) ?? 0;
    if (count >= MAX_WAITING) return void socket.destroy();
    waiting.set(socket, count + 1);
    outgoing.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      // Node is about to look at the answer that it has just given the socket to.
      process.nextTick(() => {
        if (socket.destroyed) return;
        socket.setTimeout(0); // that of the answer before
        handle(incoming, outgoing);
      });
    });
  };

  return (incoming, outgoing) => {
    // Node gives the socket to one answer at a time.
    if (outgoing.socket === null) wait(incoming, outgoing);
    else handle(incoming, outgoing);
  };
}
