import { decode } from 'blurhash';
import { useCallback } from 'react';

/** The browser interpolates between these few pixels. */
const SIDE = 16;

/** The average color of an image, which is cheap to decode; `transparent` for an invalid hash. */
export function averageColor(hash: string): string {
  const digits = [...hash.slice(2, 6)].map((character) => DIGITS.indexOf(character));
  if (digits.length < 4 || digits.includes(-1)) return 'transparent';
  const value = digits.reduce((sum, digit) => sum * DIGITS.length + digit, 0);
  return `rgb(${value >> 16} ${(value >> 8) & 255} ${value & 255})`;
}

const DIGITS =
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';

/** The blurred placeholder of an image. */
export function Blurhash({
  hash,
  className,
}: {
  readonly hash: string;
  readonly className?: string;
}) {
  const draw = useCallback(
    (canvas: HTMLCanvasElement | null) => {
      const context = canvas?.getContext('2d');
      if (!context) return;
      try {
        const pixels = new Uint8ClampedArray(decode(hash, SIDE, SIDE));
        context.putImageData(new ImageData(pixels, SIDE, SIDE), 0, 0);
      } catch {
        // An invalid hash: the canvas stays empty.
      }
    },
    [hash],
  );
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus
  return <canvas ref={draw} width={SIDE} height={SIDE} aria-hidden="true" className={className} />;
}
