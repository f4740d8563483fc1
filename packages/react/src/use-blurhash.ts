'use client';

import { type BlurhashUrlOptions, buildBlurhashUrl } from '@auraimage/sdk/client';
import { type RefObject, useEffect, useState } from 'react';
import { blurhashUrl } from './placeholder.js';

/** Images that are in the browser's cache load within this time, in milliseconds. */
const PATIENCE_MS = 80;
const TIMEOUT_MS = 5000;
/** How far outside the viewport an image may be. */
const MARGIN = '200px';
const MAX_CONCURRENT = 4;
const MAX_KEPT = 500;

/** Results of this page by URL, failures as `null`: each is requested once. */
const results = new Map<string, Promise<string | null>>();
const waiting: (() => void)[] = [];
let running = 0;

/**
 * Requests the blurhash of an image that is near the viewport and has not loaded soon after.
 *
 * @param image `null` for none
 * @returns `data:` URL of the decoded blurhash; `null` until it has arrived, and if there is none
 */
export function useBlurhash(
  image: BlurhashUrlOptions | null,
  ref: RefObject<HTMLImageElement | null>,
): string | null {
  const [found, setFound] = useState<string | null>(null);
  const address = image && buildBlurhashUrl(image);

  useEffect(() => {
    const element = ref.current;
    if (address === null || element === null || typeof IntersectionObserver !== 'function') return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isMounted = true;
    const request = async () => {
      if (element.complete) return;
      const url = await fetchOnce(address, () => isMounted && !element.complete);
      if (isMounted) setFound(url);
    };
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        timer = setTimeout(() => void request(), PATIENCE_MS);
      },
      { rootMargin: MARGIN },
    );
    observer.observe(element);
    return () => {
      isMounted = false;
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [address, ref]);
  return found;
}

/** @param isWanted asked when it is this request's turn; a request that is not sent is not remembered */
function fetchOnce(address: string, isWanted: () => boolean): Promise<string | null> {
  const kept = results.get(address);
  if (kept !== undefined) return kept;
  const result = inTurn(async () => {
    if (isWanted()) return fetchBlurhash(address);
    results.delete(address);
    return null;
  });
  if (results.size >= MAX_KEPT) results.clear();
  results.set(address, result);
  return result;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= MAX_CONCURRENT) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

async function fetchBlurhash(address: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(address, { signal, credentials: 'omit', priority: 'low' });
    if (!response.ok) return null;
    const { blurhash, width, height }: Partial<Record<string, unknown>> = Object(
      await response.json(),
    );
    if (typeof blurhash !== 'string') return null;
    const ratio = Number(width) / Number(height);
    return blurhashUrl(blurhash, ratio > 0 && Number.isFinite(ratio) ? ratio : 1);
  } catch {
    return null;
  }
}
