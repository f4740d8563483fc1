import { type Channel, createLink, type Handlers } from '../rpc.js';

const LIMIT_MS = 50;

/** Two ends of one channel; `cut` ends it as a process does that is gone. */
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
  createLink(end(0), handlers, LIMIT_MS);
  const channel = end(1);
  return {
    channel,
    link: createLink(channel, {}, LIMIT_MS),
    cut() {
      open = false;
    },
  };
}
