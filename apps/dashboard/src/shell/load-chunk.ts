import { useSyncExternalStore } from 'react';

/** Delay between two tries. */
const RETRY_MS = 1500;
/** Within this time after a reload, another one would not help. */
const RELOADED_MS = 20_000;
const RELOADED_AT = 'aura-reloaded-at';

let waiting = 0;
const listeners = new Set<() => void>();

function count(change: 1 | -1): void {
  waiting += change;
  for (const listener of listeners) listener();
}

/** Whether a part of the dashboard cannot be loaded, because the server does not answer. */
export const useIsWaitingForServer = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => waiting > 0,
  );

/**
 * Loads a part of the dashboard. While the server does not answer (it may be restarting), it tries again and the page
 * stays as it is. If the server answers but does not have the part, it has another version: the page is reloaded.
 *
 * @example
 * const { Palette } = await loadChunk(() => import('./palette.js'));
 */
export async function loadChunk<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch {
    count(1);
    try {
      while (!(await isServerThere())) await new Promise((end) => setTimeout(end, RETRY_MS));
      // The browser may have loaded it by now, or remembers the failure.
      return await load();
    } catch (error) {
      if (!reload()) throw error;
      return await new Promise(() => {});
    } finally {
      count(-1);
    }
  }
}

function isServerThere(): Promise<boolean> {
  return fetch('/dashboard', { cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** @returns `false` if the page was reloaded just now */
function reload(): boolean {
  try {
    const last = Number(sessionStorage.getItem(RELOADED_AT));
    if (Date.now() - last < RELOADED_MS) return false;
    sessionStorage.setItem(RELOADED_AT, String(Date.now()));
  } catch {
    return false; // Storage is disabled: without a limit, the page could reload forever.
  }
  location.reload();
  return true;
}
