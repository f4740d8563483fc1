import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

// Draws the sample picture of a new server. Run it after a change, and commit its output.

const FILE = new URL('../apps/node/assets/northern-lights.jpg', import.meta.url);
const WIDTH = 1200;
const HEIGHT = 800;

await sharp(drawAurora(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
  .jpeg({ quality: 86, mozjpeg: true })
  .toFile(fileURLToPath(FILE));

/** Northern lights over hills: bands of light as sums of sines. The picture needs no licence. */
function drawAurora() {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      pixels.set(colourAt(x / WIDTH, y / HEIGHT).map(toByte), (y * WIDTH + x) * 3);
    }
  }
  return pixels;
}

/**
 * @param {number} x
 * @param {number} y
 */
function colourAt(x, y) {
  const ridge = 0.8 + 0.05 * Math.sin(x * 9) + 0.02 * Math.sin(x * 31 + 1);
  if (y > ridge) return [0.02, 0.04, 0.07];
  const night = 0.1 + 0.18 * y;
  const high = curtain(x, y, 0.32, 5, 0);
  const low = curtain(x, y, 0.5, 7, 2);
  return [
    0.03 + 0.5 * high * high + night * 0.25,
    0.05 + 0.75 * low + 0.35 * high + night * 0.5,
    0.12 + 0.45 * high + 0.3 * low + night,
  ];
}

/**
 * One band of light: sharp below, fading upwards, with rays along it.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} base
 * @param {number} waves
 * @param {number} phase
 */
function curtain(x, y, base, waves, phase) {
  const edge = base + 0.1 * Math.sin(x * waves + phase) + 0.03 * Math.sin(x * waves * 3.1);
  const height = edge - y;
  const fade = height > 0 ? Math.exp(-height * 5) : Math.exp(height * 40);
  return fade * (0.7 + 0.3 * Math.sin(x * 90 + Math.sin(x * 13) * 6));
}

/** @param {number} value */
function toByte(value) {
  return Math.round(255 * Math.min(1, Math.max(0, value)));
}
