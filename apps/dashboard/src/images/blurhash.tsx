import { decode } from 'blurhash';
import { useCallback } from 'react';

/** Few pixels are enough: the browser smooths them when it stretches them. */
const SIDE = 16;

/** What an image looks like from afar, until it is there. */
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
        // No hash that can be read: the place stays grey.
      }
    },
    [hash],
  );
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas takes no focus
  return <canvas ref={draw} width={SIDE} height={SIDE} aria-hidden="true" className={className} />;
}
