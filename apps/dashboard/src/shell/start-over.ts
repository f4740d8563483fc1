const CHANNEL = 'aura-session';

/**
 * Loads a page anew, which forgets everything that this one had in memory. A browser may keep a page
 * that was left as it stands, for its Back button: then it is not shown, but loaded anew as well.
 */
export function startOver(address: string): void {
  window.addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    document.documentElement.hidden = true;
    location.reload();
  });
  location.assign(address);
}

/** One for the page: what it says itself it does not hear. */
let channel: BroadcastChannel | undefined;

function otherTabs(): BroadcastChannel {
  channel ??= new BroadcastChannel(CHANNEL);
  return channel;
}

/** Tells the other tabs of this browser that the person has signed out. */
export function announceSignOut(): void {
  otherTabs().postMessage('signed-out');
}

/** Hears of a sign-out in another tab; gives what ends that. */
export function onSignOutElsewhere(signedOut: () => void): () => void {
  const tabs = otherTabs();
  tabs.addEventListener('message', signedOut);
  return () => tabs.removeEventListener('message', signedOut);
}
