import { useSyncExternalStore } from 'react';

/** Whether the session expired while the page was open. The page then asks to sign in again in place. */
export interface SessionState {
  /** Somebody is signed in. */
  markSignedIn(): void;
  /** A request was refused because nobody is signed in. Ignored before {@link SessionState.markSignedIn}. */
  markExpired(): void;
  isExpired(): boolean;
  subscribe(listener: () => void): () => void;
}

export function createSessionState(): SessionState {
  let state: 'unknown' | 'signed-in' | 'expired' = 'unknown';
  const listeners = new Set<() => void>();
  const set = (next: typeof state) => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener();
  };
  return {
    markSignedIn: () => set('signed-in'),
    // Before the first sign-in, the guard of the routes redirects to the sign-in page.
    markExpired: () => {
      if (state === 'signed-in') set('expired');
    },
    isExpired: () => state === 'expired',
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const sessionState = createSessionState();

export const useSessionExpired = (): boolean =>
  useSyncExternalStore(sessionState.subscribe, sessionState.isExpired);
