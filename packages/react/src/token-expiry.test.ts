import { AuraImage } from '@auraimage/sdk';
import { describe, expect, it } from 'vitest';
import { expiryOf } from './token-expiry.js';

describe('expiryOf', () => {
  it('reads what the SDK signed', async () => {
    const aura = new AuraImage({
      secretKey: 'sk_live_test',
      serveSecret: 'psk_live_test',
      projectName: 'my-app',
      cdnUrl: 'https://cdn.example',
    });
    const url = await aura.urlFor('abc123xyz0-photo.jpg', {
      width: 400,
      signed: { expiresIn: 600, stableFor: 1 },
    });
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
  ])('makes nothing of %s', (url) => {
    expect(expiryOf(url)).toBeNull();
  });
});
