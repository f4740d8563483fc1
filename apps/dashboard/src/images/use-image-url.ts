import { useCallback, useSyncExternalStore } from 'react';
import { isSignedOut } from '../api/errors.js';
import { MAX_SIGNED, signUrls } from '../api/images.js';
import { sessionState } from '../api/session-state.js';
import type { Image } from '../api/types.js';
import { createSignedUrls, type SignedUrls } from './signed-urls.js';

const LIFE_SECONDS = 3600;
const stores = new Map<string, SignedUrls>();

/** The signed addresses of a project's images. */
export function signedUrlsOf(project: string): SignedUrls {
  const known = stores.get(project);
  if (known) return known;
  const store = createSignedUrls({
    sign: (keys) => sign(project, keys),
    atOnce: MAX_SIGNED,
    lifeSeconds: LIFE_SECONDS,
  });
  stores.set(project, store);
  return store;
}

async function sign(project: string, keys: string[]) {
  try {
    return await signUrls(project, keys, LIFE_SECONDS);
  } catch (error) {
    if (isSignedOut(error)) sessionState.markExpired();
    throw error;
  }
}

/** Whether the image's address could not be signed; it is tried again by itself. */
export function useSigningFailed(
  project: string,
  { key, visibility }: Pick<Image, 'key' | 'visibility'>,
): boolean {
  const store = signedUrlsOf(project);
  const isPrivate = visibility === 'private';
  const subscribe = useCallback(
    (changed: () => void) => (isPrivate ? store.subscribe(key, changed) : () => {}),
    [store, key, isPrivate],
  );
  return useSyncExternalStore(
    subscribe,
    () => isPrivate && store.get(key) === null && store.failed(key),
  );
}

/** An address at which the image opens now; `null` until it is signed. */
export function useImageUrl(
  project: string,
  { key, url, visibility }: Pick<Image, 'key' | 'url' | 'visibility'>,
): string | null {
  const isPrivate = visibility === 'private';
  const store = signedUrlsOf(project);
  const subscribe = useCallback(
    (changed: () => void) => (isPrivate ? store.subscribe(key, changed) : () => {}),
    [store, key, isPrivate],
  );
  return useSyncExternalStore(subscribe, () => (isPrivate ? store.get(key) : url));
}
