import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceSignOut, onSignOutElsewhere, startOver } from './start-over.js';

const assign = vi.fn();
const reload = vi.fn();
const root = { hidden: false };
let page: EventTarget;

beforeEach(() => {
  page = new EventTarget();
  root.hidden = false;
  vi.stubGlobal('window', page);
  vi.stubGlobal('document', { documentElement: root });
  vi.stubGlobal('location', { assign, reload });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

const shownAgain = (persisted: boolean) =>
  page.dispatchEvent(Object.assign(new Event('pageshow'), { persisted }));

describe('startOver', () => {
  it('shows nothing of a page that the Back button brings back, and loads it anew', () => {
    startOver('/dashboard/sign-in');
    expect(assign).toHaveBeenCalledExactlyOnceWith('/dashboard/sign-in');
    shownAgain(false);
    expect(reload).not.toHaveBeenCalled();
    shownAgain(true);
    expect(root.hidden).toBe(true);
    expect(reload).toHaveBeenCalledOnce();
  });
});

describe('a sign-out', () => {
  it('is heard in the other tabs, and not where it was made', async () => {
    const other = new BroadcastChannel('aura-session');
    const heardThere = new Promise((resolve) => other.addEventListener('message', resolve));
    const here = vi.fn();
    const leave = onSignOutElsewhere(here);
    announceSignOut();
    await heardThere;
    expect(here).not.toHaveBeenCalled();
    other.postMessage('signed-out');
    await vi.waitFor(() => expect(here).toHaveBeenCalledOnce());
    leave();
    other.close();
  });
});
