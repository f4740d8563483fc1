'use client';

import { useEffect, useRef, useState } from 'react';
import { expiryOf, renewalDelay } from './token-expiry.js';

export interface RenewalOptions {
  /**
   * Returns a new signed URL of the image. Called shortly before the current URL expires, and once
   * per URL if it fails to load. In a server component, pass a server action.
   */
  readonly refreshUrl?: ((expired: string) => Promise<string> | string) | undefined;
  /** Called when a URL has expired and no working one could be obtained. */
  readonly onExpired?: (() => void) | undefined;
}

interface RenewedUrl {
  /** The `source` from which this URL was renewed, once or several times. */
  readonly source: string;
  readonly url: string;
}

/**
 * Keeps the URL of a signed image fresh. A new URL is loaded before it replaces one that is shown,
 * so the image does not flicker. If a renewed URL fails to load too, it is not renewed again.
 *
 * @param load loads the image of a URL, as the `<img>` will
 */
export function useRenewedUrl(
  source: string,
  { refreshUrl, onExpired }: RenewalOptions,
  load: (url: string) => Promise<void>,
) {
  const [renewed, setRenewed] = useState<RenewedUrl>({ source, url: source });
  const url = renewed.source === source ? renewed.url : source;
  const loaded = useRef<string | null>(null);
  const asked = useRef<string | null>(null);
  const mounted = useRef(false);

  const renew = async () => {
    if (asked.current === url) return;
    asked.current = url;
    const isCurrent = () => mounted.current && asked.current === url;
    try {
      if (refreshUrl === undefined) throw new Error('there is no refreshUrl');
      const next = await refreshUrl(url);
      // Keep showing the current image until the next one is ready. One that failed shows nothing.
      if (loaded.current === url) await load(next);
      else if (next === url) throw new Error('refreshUrl returned the URL that failed to load');
      if (isCurrent()) setRenewed({ source, url: next });
    } catch {
      if (isCurrent()) onExpired?.();
    }
  };
  const latestRenew = useRef(renew);
  const watched = refreshUrl !== undefined || onExpired !== undefined;

  useEffect(() => {
    mounted.current = true;
    latestRenew.current = renew;
    return () => {
      mounted.current = false;
    };
  });

  useEffect(() => {
    const expiry = watched ? expiryOf(url) : null;
    const wait = expiry === null ? null : renewalDelay(expiry, Date.now(), url !== source);
    if (wait === null) return;
    const timer = setTimeout(() => void latestRenew.current(), wait);
    return () => clearTimeout(timer);
  }, [url, source, watched]);

  return {
    url,
    onLoad: () => {
      loaded.current = url;
    },
    onError: () => {
      if (!watched) return;
      const wasTried = url !== source && loaded.current !== url;
      if (!wasTried) return void renew();
      if (asked.current === url) return;
      asked.current = url;
      onExpired?.();
    },
  };
}
