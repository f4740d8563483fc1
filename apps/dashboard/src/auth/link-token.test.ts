import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

describe('takeLinkToken', () => {
  const replaceState = vi.fn();
  beforeEach(() => {
    vi.resetModules();
    replaceState.mockClear();
    vi.stubGlobal('history', { state: null, replaceState });
  });
  afterEach(() => vi.unstubAllGlobals());

  async function open(address: string) {
    vi.stubGlobal('location', new URL(address, 'http://localhost:8787'));
    const { takeLinkToken, linkToken } = await import('./link-token.js');
    takeLinkToken();
    return linkToken();
  }

  it('takes the token out of the address, and nothing else', async () => {
    expect(await open('/dashboard/invite?from=mail&token=secret#form')).toBe('secret');
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(
      null,
      '',
      '/dashboard/invite?from=mail#form',
    );
  });

  it('leaves no question mark behind', async () => {
    expect(await open('/dashboard/setup?token=secret')).toBe('secret');
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/dashboard/setup');
  });

  it('takes it only from the pages that use one', async () => {
    expect(await open('/dashboard/projects/my-app?token=secret')).toBeNull();
    expect(replaceState).not.toHaveBeenCalled();
    expect(await open('/dashboard/reset-password?token=secret')).toBe('secret');
  });

  it('has none where the address has none', async () => {
    expect(await open('/dashboard/setup')).toBeNull();
    expect(replaceState).not.toHaveBeenCalled();
  });
});
