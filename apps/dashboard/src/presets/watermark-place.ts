import type { Preset } from '../api/types.js';

type Watermark = NonNullable<Preset['watermark']>;

/** Width and height in any unit. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** The nine places in reading order, and where a background image is for each. */
export const PLACES = {
  'top-left': { label: 'Top left', css: '0% 0%' },
  top: { label: 'Top', css: '50% 0%' },
  'top-right': { label: 'Top right', css: '100% 0%' },
  left: { label: 'Left', css: '0% 50%' },
  center: { label: 'Centre', css: '50% 50%' },
  right: { label: 'Right', css: '100% 50%' },
  'bottom-left': { label: 'Bottom left', css: '0% 100%' },
  bottom: { label: 'Bottom', css: '50% 100%' },
  'bottom-right': { label: 'Bottom right', css: '100% 100%' },
} as const satisfies Record<Watermark['position'], { label: string; css: string }>;

/**
 * The style of a box over a picture that shows a watermark as the server draws it: a share of the width, smaller where
 * the height would not suffice, and tiles from the same place.
 */
export function overlayStyle(
  { position, scale, opacity, tile }: Watermark,
  mark: Size,
  picture: Size,
  url: string,
) {
  const most = (picture.height * mark.width) / (mark.height * picture.width);
  return {
    backgroundImage: `url(${JSON.stringify(url)})`,
    backgroundPosition: PLACES[position].css,
    backgroundRepeat: tile ? 'repeat' : 'no-repeat',
    backgroundSize: `${Math.min(scale, most) * 100}% auto`,
    opacity,
  };
}
