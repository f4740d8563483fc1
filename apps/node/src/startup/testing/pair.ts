import { type Channel, createRpc, type Handlers } from '../rpc.js';

const TIMEOUT_MS = 50;

/** Two ends of one channel. `cut` closes it, as when a process exits. */
export function createPair(handlers: Handlers) {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  let open = true;
  const end = (other: number): Channel => ({
    send(message, onFailed) {
      const text = JSON.stringify(message);
      queueMicrotask(() => {
        if (!open) return onFailed(new Error('closed'));
        for (const listener of listeners[other] ?? []) listener(JSON.parse(text));
      });
    },
    listen: (listener) => void listeners[1 - other]?.push(listener),
  });
  createRpc(end(0), handlers, TIMEOUT_MS);
  const channel = end(1);
  return {
    channel,
    rpc: createRpc(channel, {}, TIMEOUT_MS),
    cut() {
      open = false;
    },
  };
}
