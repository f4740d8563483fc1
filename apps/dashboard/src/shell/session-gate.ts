import { useSyncExternalStore } from 'react';

/** Whether a session ended under an open page, which then asks to sign in again, in place. */
export interface SessionGate {
  /** Someone is signed in. */
  open(): void;
  /** A request was told that nobody is. Counts only after {@link SessionGate.open}. */
  shut(): void;
  isShut(): boolean;
  subscribe(listener: () => void): () => void;
}

export function createSessionGate(): SessionGate {
  let state: 'unknown' | 'open' | 'shut' = 'unknown';
  const listeners = new Set<() => void>();
  const set = (next: typeof state) => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    open: () => set('open'),
    // Before anyone was let in, the guard of the routes leads to the page for signing in.
    shut: () => {
      if (state === 'open') set('shut');
    },
    isShut: () => state === 'shut',
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const sessionGate = createSessionGate();

export const useSessionEnded = (): boolean =>
  useSyncExternalStore(sessionGate.subscribe, sessionGate.isShut);
