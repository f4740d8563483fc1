import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isSignedOut } from './errors.js';

const RETRIES = 2;
/** How long passwords and new keys stay in memory after the form that had them is gone. */
const FORGOTTEN_MS = 1000;

/** A server in the same house answers without the internet, and one that does not is worth a word. */
const NETWORK_MODE = 'always';

/** @param onSignedOut called when any request is told that nobody is signed in any more */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const onError = (error: unknown) => {
    if (isSignedOut(error)) onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        networkMode: NETWORK_MODE,
        staleTime: 10_000,
        retry: (failures, error) => failures < RETRIES && isWorthRepeating(error),
      },
      // What changes something is repeated by the person who asked for it.
      mutations: { networkMode: NETWORK_MODE, retry: false, gcTime: FORGOTTEN_MS },
    },
  });
}

function isWorthRepeating(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status >= 500;
}
