import { describe, expect, it, vi } from 'vitest';
import { createSessionState } from './session-state.js';

describe('the session state', () => {
  it('cannot expire before somebody was signed in', () => {
    const session = createSessionState();
    session.markExpired();
    expect(session.isExpired()).toBe(false);
  });

  it('expires and is renewed, and notifies its listeners once for each', () => {
    const session = createSessionState();
    session.markSignedIn();
    const listener = vi.fn();
    session.subscribe(listener);
    session.markExpired();
    session.markExpired();
    expect(session.isExpired()).toBe(true);
    session.markSignedIn();
    expect(session.isExpired()).toBe(false);
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
