import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { hasCode, isSignedOut } from '../api/errors.js';
import { deleteImage } from '../api/images.js';
import { projectQuery } from '../api/projects.js';
import { sessionGate } from '../shell/session-gate.js';
import { texts } from '../texts/index.js';
import { explainShortly } from '../ui/explain-error.js';
import { type ToastMessage, useToast } from '../ui/toasts.js';
import { noteChanges } from './image-lists.js';
import { createPendingDeletes, type PendingDeletes } from './pending-deletes.js';

type Tell = (message: ToastMessage) => void;
const stores = new Map<string, PendingDeletes>();

function storeOf(project: string, queryClient: QueryClient, tell: Tell): PendingDeletes {
  const known = stores.get(project);
  if (known) return known;
  const store = createPendingDeletes({
    remove: async (key, keepalive) => {
      try {
        await deleteImage(project, key, keepalive);
      } catch (error) {
        // Somebody else was quicker.
        if (!hasCode(error, 'image_not_found')) throw error;
      }
    },
    onEnd: ({ done, failed }) => {
      noteChanges(queryClient, project, new Map(done.map((key) => [key, null])));
      void queryClient.invalidateQueries({ queryKey: projectQuery(project).queryKey, exact: true });
      const [error] = failed.values();
      if (failed.size === 0) return;
      if (isSignedOut(error)) sessionGate.shut();
      const text = texts.images.deleteFailed(failed.size, explainShortly(error));
      tell({ tone: 'danger', text });
    },
  });
  // On whichever page the person is by then.
  window.addEventListener('pagehide', () => store.flush(true));
  stores.set(project, store);
  return store;
}

/** The project's deletions that can still be taken back. */
export function usePendingDeletes(project: string) {
  const store = storeOf(project, useQueryClient(), useToast());
  const hidden = useSyncExternalStore(store.subscribe, store.hidden);
  const waiting = useSyncExternalStore(store.subscribe, store.waiting);
  return { store, hidden, waiting };
}
