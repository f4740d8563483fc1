import { describe, expect, it, vi } from 'vitest';
import { createSessionGate } from './session-gate.js';

describe('the session gate', () => {
  it('does not ask to sign in again who never was', () => {
    const gate = createSessionGate();
    gate.shut();
    expect(gate.isShut()).toBe(false);
  });

  it('shuts under an open page and opens again, telling of each once', () => {
    const gate = createSessionGate();
    gate.open();
    const listener = vi.fn();
    gate.subscribe(listener);
    gate.shut();
    gate.shut();
    expect(gate.isShut()).toBe(true);
    gate.open();
    expect(gate.isShut()).toBe(false);
    expect(listener).toHaveBeenCalledTimes(2);
  });
});
