'use client';

import { useEffect, useRef, useState } from 'react';
import { expiryOf } from './token-expiry.js';

export interface RenewalOptions {
  /**
   * Gives a new signed address of the image: asked a little before the old one expires and, once for
   * each address, when it could not be loaded. In a server component pass a server action.
   */
  readonly refreshUrl?: ((expired: string) => Promise<string> | string) | undefined;
  /** Called when an address has run out and no other that works could be had. */
  readonly onExpired?: (() => void) | undefined;
}

/** Time left when a new address is asked for: a tenth of what there was, and at most a minute. */
const LEAD_SHARE = 0.1;
const MAX_LEAD_MS = 60_000;
/** What browsers take for a timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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
    if (expiry === null) return;
    const left = expiry - Date.now();
    // A new address that has run out already says that a clock is wrong: wait for an error instead.
    if (left <= 0 && url !== source) return;
    const lead = Math.min(left * LEAD_SHARE, MAX_LEAD_MS);
    const wait = Math.min(Math.max(0, left - lead), MAX_TIMER_MS);
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
      if (wasTried) onExpired?.();
      else void renew();
    },
  };
}
