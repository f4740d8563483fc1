import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { hasCode, isSignedOut } from '../api/errors.js';
import { deleteImage } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import { sessionState } from '../api/session-state.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { formatItems } from '../ui/format.js';
import { type ToastMessage, useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';
import { type ManyOutcome, runMany } from './run-many.js';

/** How long a deletion can be undone. */
export const UNDO_MS = 10_000;

/** Deletions that can be undone, because no request was sent yet. */
export interface PendingDeletes {
  /** Keys of images to hide: waiting, or being deleted. */
  readonly hidden: () => ReadonlySet<string>;
  /** Keys of images whose deletion can still be undone. */
  readonly waiting: () => ReadonlySet<string>;
  subscribe(listener: () => void): () => void;
  /** Deletes images after {@link UNDO_MS}. Images that already wait are deleted at once. */
  add(keys: Iterable<string>): void;
  undo(): void;
  /** Stops the timer while somebody decides. */
  pause(): void;
  resume(): void;
  /**
   * Deletes the waiting images now. With `keepalive`, the page is being closed: it sends all requests at
   * once, including those of an earlier deletion that were not sent yet.
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
  let deleting = NONE;
  let hidden = NONE;
  /** Keys whose request was sent. */
  const sent = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let paused = false;
  let remainingMs = 0;
  let timerStartedAt = 0;
  const listeners = new Set<() => void>();

  const set = (nextWaiting: ReadonlySet<string>, nextDeleting: ReadonlySet<string>) => {
    waiting = nextWaiting;
    deleting = nextDeleting;
    hidden = new Set([...waiting, ...deleting]);
    for (const listener of listeners) listener();
  };

  const flush = (keepalive = false) => {
    clearTimeout(timer);
    const unsent = keepalive ? [...deleting].filter((key) => !sent.has(key)) : [];
    const keys = new Set([...waiting, ...unsent]);
    if (keys.size === 0) return;
    set(NONE, new Set([...deleting, ...keys]));
    const work = async (key: string) => {
      if (sent.has(key)) return;
      sent.add(key);
      await remove(key, keepalive);
    };
    const options = keepalive ? { concurrency: keys.size } : {};
    void runMany(keys, work, options).then((outcome) => {
      for (const key of keys) sent.delete(key);
      onEnd(outcome);
      set(waiting, new Set([...deleting].filter((key) => !keys.has(key))));
    });
  };

  const startTimer = () => {
    timerStartedAt = Date.now();
    timer = setTimeout(flush, remainingMs);
  };

  return {
    hidden: () => hidden,
    waiting: () => waiting,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    add(keys) {
      flush();
      set(new Set(keys), deleting);
      remainingMs = UNDO_MS;
      if (!paused) startTimer();
    },
    undo() {
      clearTimeout(timer);
      set(NONE, deleting);
    },
    pause() {
      if (paused) return;
      paused = true;
      clearTimeout(timer);
      remainingMs -= Date.now() - timerStartedAt;
    },
    resume() {
      if (!paused) return;
      paused = false;
      if (waiting.size > 0) startTimer();
    },
    flush,
  };
}

type ShowToast = (message: ToastMessage) => void;
const stores = new Map<string, PendingDeletes>();

function storeOf(project: string, queryClient: QueryClient, toast: ShowToast): PendingDeletes {
  const known = stores.get(project);
  if (known) return known;
  const store = createPendingDeletes({
    remove: async (key, keepalive) => {
      try {
        await deleteImage(project, key, keepalive);
      } catch (error) {
        // Somebody else has deleted it.
        if (!hasCode(error, 'image_not_found')) throw error;
      }
    },
    onEnd: ({ done, failed }) => {
      applyChanges(queryClient, project, new Map(done.map((key) => [key, null])));
      void queryClient.invalidateQueries({ queryKey: projectQuery(project).queryKey, exact: true });
      const [error] = failed.values();
      if (failed.size === 0) return;
      if (isSignedOut(error)) sessionState.markExpired();
      toast({
        tone: 'danger',
        text: `${formatItems(failed.size, 'image')} could not be deleted: ${explainInOneLine(error)}`,
      });
    },
  });
  window.addEventListener('pagehide', () => store.flush(true));
  stores.set(project, store);
  return store;
}

/** The pending deletions of a project. */
export function usePendingDeletes(project: string) {
  const store = storeOf(project, useQueryClient(), useToast());
  const hidden = useSyncExternalStore(store.subscribe, store.hidden);
  const waiting = useSyncExternalStore(store.subscribe, store.waiting);
  return { store, hidden, waiting };
}
