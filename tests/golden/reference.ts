import { CLEAR, type Colour, flatten, type Picture, paint, pixel } from './picture.js';

export type Fit = 'cover' | 'contain' | 'face' | 'auto';

/** Requested pixels, as `w` and `h`. */
export interface Box {
  readonly w: number;
  readonly h: number;
}

/**
 * The expected result of `fit`, computed from the contract: the box is scaled down if the picture would be enlarged,
 * and shows the window of the master that fills it, or the whole picture centred on the background.
 *
 * @param place position of the window within its range, 0 to 1
 */
export function fitted(master: Picture, box: Box, fit: Fit, ground: Colour, place = 0.5): Picture {
  const across = box.w / master.width;
  const down = box.h / master.height;
  const growth = Math.max(1, fit === 'contain' ? Math.min(across, down) : Math.max(across, down));
  const [width, height] = [Math.round(box.w / growth), Math.round(box.h / growth)];
  if (fit === 'contain') return contained(master, width, height, ground);
  const scale = Math.max(width / master.width, height / master.height);
  const window = { width: width / scale, height: height / scale };
  const left = (master.width - window.width) * place;
  const top = (master.height - window.height) * place;
  return flatIf(ground, resample(master, { left, top, ...window }, width, height));
}

function contained(master: Picture, width: number, height: number, ground: Colour): Picture {
  const scale = Math.min(width / master.width, height / master.height);
  const inner = {
    width: Math.max(1, Math.round(master.width * scale)),
    height: Math.max(1, Math.round(master.height * scale)),
  };
  const all = { left: 0, top: 0, width: master.width, height: master.height };
  const small = resample(master, all, inner.width, inner.height);
  const left = Math.floor((width - inner.width) / 2);
  const top = Math.floor((height - inner.height) / 2);
  const whole = paint(width, height, (x, y) => pixel(small, x - left, y - top));
  return flatIf(ground, whole);
}

function flatIf(ground: Colour, picture: Picture): Picture {
  return ground === CLEAR ? picture : flatten(picture, ground);
}

interface Window {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Each pixel is the mean of the area that it covers, weighted by alpha. */
function resample(master: Picture, window: Window, width: number, height: number): Picture {
  const columns = spans(window.left, window.width, width);
  const rows = spans(window.top, window.height, height);
  return paint(width, height, (x, y) => {
    const sum: [number, number, number, number] = [0, 0, 0, 0];
    let area = 0;
    for (const [row, tall] of rows[y] ?? []) {
      for (const [column, wide] of columns[x] ?? []) {
        const [red, green, blue, alpha] = pixel(master, column, row);
        const weight = tall * wide;
        area += weight;
        sum[0] += red * alpha * weight;
        sum[1] += green * alpha * weight;
        sum[2] += blue * alpha * weight;
        sum[3] += alpha * weight;
      }
    }
    const [red, green, blue, alpha] = sum;
    return alpha === 0 ? CLEAR : [red / alpha, green / alpha, blue / alpha, alpha / area];
  });
}

type Span = readonly (readonly [index: number, share: number])[];

/** For each of `count` equal segments of a line: the pixels that it covers, and their shares. */
function spans(start: number, length: number, count: number): readonly Span[] {
  const piece = length / count;
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [start + i * piece, start + (i + 1) * piece];
    const first = Math.floor(from + 1e-9);
    const last = Math.ceil(to - 1e-9);
    return Array.from({ length: last - first }, (_, k): Span[number] => {
      const at = first + k;
      return [at, Math.min(to, at + 1) - Math.max(from, at)];
    });
  });
}
