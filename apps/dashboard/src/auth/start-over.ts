import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { meQuery } from '../api/auth.js';

/**
 * Loads a page from the server, which clears everything in memory. A browser may restore the old page
 * for its Back button: then that page hides itself and reloads.
 */
export function startOver(address: string): void {
  window.addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    document.documentElement.hidden = true;
    location.reload();
  });
  location.assign(address);
}

/** One per page: a channel does not receive its own messages. */
let channel: BroadcastChannel | undefined;

function otherTabs(): BroadcastChannel {
  channel ??= new BroadcastChannel('aura-session');
  return channel;
}

/** Tells the other tabs of this browser that the person signed out. */
export function announceSignOut(): void {
  otherTabs().postMessage('signed-out');
}

/** Calls back when the person signs out in another tab; returns a function that unsubscribes. */
export function onSignOutElsewhere(signedOut: () => void): () => void {
  const tabs = otherTabs();
  tabs.addEventListener('message', signedOut);
  return () => tabs.removeEventListener('message', signedOut);
}

/** Starts over when another tab signs out or signs in to another account. */
export function useOneAccount(): void {
  const { data: me } = useQuery(meQuery);
  const account = useRef<string>(undefined);
  useEffect(() => {
    if (!me) return;
    account.current ??= me.accountId;
    if (account.current !== me.accountId) startOver('/dashboard');
  }, [me]);
  useEffect(() => onSignOutElsewhere(() => startOver('/dashboard/sign-in')), []);
}
