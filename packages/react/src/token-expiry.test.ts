import { AuraImage } from '@auraimage/sdk';
import { describe, expect, it } from 'vitest';
import { expiryOf, renewalDelay } from './token-expiry.js';

describe('expiryOf', () => {
  it('reads a URL that the SDK signed', async () => {
    const aura = new AuraImage({
      secretKey: 'sk_live_test',
      serveSecret: 'psk_live_test',
      projectName: 'my-app',
      cdnUrl: 'https://cdn.example',
    });
    const options = { width: 400, expiresIn: 600, stableFor: 1 };
    const url = await aura.getSignedUrl('abc123xyz0-photo.jpg', options);
    expect(Math.abs((expiryOf(url) ?? 0) - Date.now() - 601_000)).toBeLessThan(120_000);
  });

  it.each([
    'https://cdn.example/my-app/k.jpg',
    'https://cdn.example/my-app/k.jpg?token=',
    'https://cdn.example/my-app/k.jpg?token=abc',
    'https://cdn.example/my-app/k.jpg?token=bnVsbA.x',
    'https://cdn.example/my-app/k.jpg?token=e30.x',
    'https://cdn.example/my-app/k.jpg?token=a.b',
    `https://cdn.example/my-app/k.jpg?token=${btoa('{"exp":"soon"}').replace(/=/g, '')}.x`,
  ])('returns null for %s', (url) => {
    expect(expiryOf(url)).toBeNull();
  });
});

describe('renewalDelay', () => {
  const now = 1_700_000_000_000;
  const after = (seconds: number) => now + seconds * 1000;

  it.each([
    [600, 540],
    [60, 54],
    [3600, 3540],
    [0, 0],
    [-60, 0],
  ])('with %i s left is %i s', (left, delay) => {
    expect(renewalDelay(after(left), now, false)).toBe(delay * 1000);
  });

  it('does not exceed the longest timeout', () => {
    expect(renewalDelay(after(1e9), now, false)).toBe(2 ** 31 - 1);
  });

  it('is null if a URL is about to expire right after its renewal', () => {
    expect(renewalDelay(after(600), now, true)).toBe(540_000);
    for (const left of [29, 1, 0.1, 0, -60]) {
      expect(renewalDelay(after(left), now, true)).toBeNull();
    }
  });
});
