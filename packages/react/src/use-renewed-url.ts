'use client';

import { useEffect, useRef, useState } from 'react';
import { expiryOf, renewalDelay } from './token-expiry.js';

export interface RenewalOptions {
  /**
   * Gives a new signed address of the image: asked a little before the old one expires and, once for
   * each address, when it could not be loaded. In a server component pass a server action.
   */
  readonly refreshUrl?: ((expired: string) => Promise<string> | string) | undefined;
  /** Called when an address has run out and no other that works could be had. */
  readonly onExpired?: (() => void) | undefined;
}

interface Address {
  /** The address that this one came from, by one renewal or more. */
  readonly source: string;
  readonly url: string;
}

/**
 * Keeps the address of a signed image fresh. A new address is loaded before it takes the place of
 * one that is being shown, so that nothing flickers; one that never loads is not asked for again.
 *
 * @param load loads what the image will show of an address
 */
export function useRenewedUrl(
  source: string,
  { refreshUrl, onExpired }: RenewalOptions,
  load: (url: string) => Promise<void>,
) {
  const [renewed, setRenewed] = useState<Address>({ source, url: source });
  const url = renewed.source === source ? renewed.url : source;
  const loaded = useRef<string | null>(null);
  const asked = useRef<string | null>(null);
  const mounted = useRef(false);

  const renew = async () => {
    if (asked.current === url) return;
    asked.current = url;
    const isCurrent = () => mounted.current && asked.current === url;
    try {
      if (refreshUrl === undefined) throw new Error('nobody to ask');
      const next = await refreshUrl(url);
      // What is on the screen stays there until the other is ready; what is not has nothing to keep.
      if (loaded.current === url) await load(next);
      else if (next === url) throw new Error('the address that did not load');
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
