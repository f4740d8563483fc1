import { type ManyOutcome, runMany } from './run-many.js';

/** How long a deletion can be taken back. */
export const UNDO_MS = 6000;

/** Deletions that are announced and not yet begun: nothing was sent, so all can be taken back. */
export interface PendingDeletes {
  /** All that nobody should see any more: waiting, or being deleted. */
  readonly hidden: () => ReadonlySet<string>;
  /** What can still be taken back. */
  readonly waiting: () => ReadonlySet<string>;
  subscribe(changed: () => void): () => void;
  /** Deletes them in a while; what was waiting before is deleted at once. */
  add(keys: Iterable<string>): void;
  undo(): void;
  /** Deletes what waits now. `keepalive`: the page is being left. */
  flush(keepalive?: boolean): void;
}

export interface PendingDeletesOptions {
  readonly remove: (key: string, keepalive: boolean) => Promise<unknown>;
  readonly onEnd: (outcome: ManyOutcome) => void;
}

const NONE: ReadonlySet<string> = new Set();

export function createPendingDeletes({ remove, onEnd }: PendingDeletesOptions): PendingDeletes {
  let waiting = NONE;
  let sent = NONE;
  let hidden = NONE;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  const set = (nextWaiting: ReadonlySet<string>, nextSent: ReadonlySet<string>) => {
    waiting = nextWaiting;
    sent = nextSent;
    hidden = new Set([...waiting, ...sent]);
    for (const changed of listeners) changed();
  };

  const flush = (keepalive = false) => {
    clearTimeout(timer);
    if (waiting.size === 0) return;
    const keys = waiting;
    set(NONE, new Set([...sent, ...keys]));
    void runMany(keys, (key) => remove(key, keepalive)).then((outcome) => {
      onEnd(outcome);
      set(waiting, new Set([...sent].filter((key) => !keys.has(key))));
    });
  };

  return {
    hidden: () => hidden,
    waiting: () => waiting,
    subscribe(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    add(keys) {
      flush();
      set(new Set(keys), sent);
      timer = setTimeout(flush, UNDO_MS);
    },
    undo() {
      clearTimeout(timer);
      set(NONE, sent);
    },
    flush,
  };
}
