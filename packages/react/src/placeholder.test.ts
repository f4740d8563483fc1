import { decode } from 'blurhash';
import { describe, expect, it } from 'vitest';
import { cssUrl, lqipUrl } from './live-image.js';
import { blurhashUrl } from './placeholder.js';

const BLURHASH = 'LEHV6nWB2yk8pyo0adR*.7kCMdnj';

/** Reads the BMP that this package writes: width, height, and RGB rows from the top. */
function readBitmap(url: string | null) {
  const bytes = Buffer.from(url?.replace('data:image/bmp;base64,', '') ?? '', 'base64');
  const [width, height] = [bytes.readInt32LE(18), -bytes.readInt32LE(22)];
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const offset = bytes.readUInt32LE(10);
  const pixels: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = offset + y * rowBytes + x * 3;
      pixels.push(bytes[at + 2] ?? -1, bytes[at + 1] ?? -1, bytes[at] ?? -1);
    }
  }
  const whole =
    bytes.readUInt32LE(2) === bytes.length && bytes.length === offset + rowBytes * height;
  return { type: bytes.toString('latin1', 0, 2), whole, width, height, pixels };
}

describe('blurhashUrl', () => {
  it.each([
    [1, 16, 16],
    [4 / 3, 16, 12],
    [3 / 4, 12, 16],
    [1000, 16, 1],
    [0.001, 1, 16],
  ])('of aspect ratio %d becomes an image of %i × %i', (ratio, width, height) => {
    const pixels = [...decode(BLURHASH, width, height)].filter((_, index) => index % 4 < 3);
    expect(readBitmap(blurhashUrl(BLURHASH, ratio))).toEqual({
      type: 'BM',
      whole: true,
      width,
      height,
      pixels,
    });
  });

  it.each(['', 'short', `${BLURHASH}x`])('returns null for an invalid text: %j', (text) => {
    expect(blurhashUrl(text, 1)).toBeNull();
  });
});

describe('the lqip placeholder', () => {
  it('keeps the token', () => {
    expect(lqipUrl('https://cdn.example/my-app/k.jpg?token=a.b')).toBe(
      'https://cdn.example/my-app/k.jpg?token=a.b&lqip=true',
    );
    expect(lqipUrl('data:image/png;base64,AA==')).toBeNull();
  });

  it('cannot break out of url() in a style', () => {
    expect(cssUrl('/x"),url("https://evil.example\\')).toBe(
      'url("/x%22),url(%22https://evil.example%5C")',
    );
  });
});
