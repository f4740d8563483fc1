import { type ManyOutcome, runMany } from './run-many.js';

/** How long a deletion can be taken back. */
export const UNDO_MS = 10_000;

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
  /** Stops the clock, for somebody who is about to decide. */
  pause(): void;
  resume(): void;
  /**
   * Deletes what waits now. `keepalive`: the page is being left, so that all is sent at once, along
   * with what an earlier deletion has not come to.
   */
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
  const begun = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let paused = false;
  let left = 0;
  let runsSince = 0;
  const listeners = new Set<() => void>();

  const set = (nextWaiting: ReadonlySet<string>, nextSent: ReadonlySet<string>) => {
    waiting = nextWaiting;
    sent = nextSent;
    hidden = new Set([...waiting, ...sent]);
    for (const changed of listeners) changed();
  };

  const flush = (keepalive = false) => {
    clearTimeout(timer);
    const unsent = keepalive ? [...sent].filter((key) => !begun.has(key)) : [];
    const keys = new Set([...waiting, ...unsent]);
    if (keys.size === 0) return;
    set(NONE, new Set([...sent, ...keys]));
    const work = async (key: string) => {
      if (begun.has(key)) return;
      begun.add(key);
      await remove(key, keepalive);
    };
    const options = keepalive ? { atOnce: keys.size } : {};
    void runMany(keys, work, options).then((outcome) => {
      for (const key of keys) begun.delete(key);
      onEnd(outcome);
      set(waiting, new Set([...sent].filter((key) => !keys.has(key))));
    });
  };

  const run = () => {
    runsSince = Date.now();
    timer = setTimeout(flush, left);
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
      left = UNDO_MS;
      if (!paused) run();
    },
    undo() {
      clearTimeout(timer);
      set(NONE, sent);
    },
    pause() {
      if (paused) return;
      paused = true;
      clearTimeout(timer);
      left -= Date.now() - runsSince;
    },
    resume() {
      if (!paused) return;
      paused = false;
      if (waiting.size > 0) run();
    },
    flush,
  };
}
