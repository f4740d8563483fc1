import { ApiError } from '@auraimage/client';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut } from './errors.js';

const RETRIES = 2;
/** How long passwords and new keys stay in memory after their form has closed. */
const MUTATION_GC_MS = 1000;

/** A server on the local network answers without internet access; if it does not, show the error. */
const NETWORK_MODE = 'always';

/** @param onSignedOut called when a request fails because nobody is signed in */
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
        retry: (failures, error) => failures < RETRIES && isRetryable(error),
      },
      // A change is retried by the person who made it.
      mutations: { networkMode: NETWORK_MODE, retry: false, gcTime: MUTATION_GC_MS },
    },
  });
}

function isRetryable(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.status === 0 || error.status >= 500;
}
