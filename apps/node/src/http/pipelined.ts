import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handle = (incoming: IncomingMessage, outgoing: ServerResponse) => void;

/** Most pipelined requests of a connection. Browsers and proxies do not pipeline. */
const MAX_WAITING = 32;

/**
 * Handles the pipelined requests of a connection one after the other. Node emits them all at once, and emits no
 * event for their responses when the connection closes, so anything opened for them would leak. Here a request
 * starts when the response before it has been sent. A client that pipelines too many is disconnected.
 */
export function serializePipelined(handle: Handle): Handle {
  const waiting = new WeakMap<Socket, number>();

  const wait = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { socket } = incoming;
    const count = waiting.get(socket) ?? 0;
    if (count >= MAX_WAITING) return void socket.destroy();
    waiting.set(socket, count + 1);
    outgoing.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      // Node still has work to do on the response to which it has just assigned the socket.
      process.nextTick(() => {
        if (socket.destroyed) return;
        socket.setTimeout(0); // the write timeout of the previous response
        handle(incoming, outgoing);
      });
    });
  };

  return (incoming, outgoing) => {
    // Node assigns the socket to one response at a time.
    if (outgoing.socket === null) wait(incoming, outgoing);
    else handle(incoming, outgoing);
  };
}
