import { expect, it } from 'vitest';
import { overlayStyle } from './watermark-place.js';

const WATERMARK = {
  key: 'logo',
  position: 'bottom-right',
  scale: 0.5,
  opacity: 0.4,
  tile: false,
} as const;

it('a watermark takes its share of the width, and never more than the height allows', () => {
  const picture = { width: 400, height: 100 };
  const style = (mark: { width: number; height: number }) =>
    overlayStyle(WATERMARK, mark, picture, 'https://cdn.example/my-app/logo?w=1');
  expect(style({ width: 200, height: 20 })).toEqual({
    backgroundImage: 'url("https://cdn.example/my-app/logo?w=1")',
    backgroundPosition: '100% 100%',
    backgroundRepeat: 'no-repeat',
    backgroundSize: '50% auto',
    opacity: 0.4,
  });
  expect(style({ width: 200, height: 200 }).backgroundSize).toBe('25% auto');
});
