import sharp from 'sharp';

const [WIDTH, HEIGHT] = [4000, 3000];
/** Grid points across of the coarsest noise, number of scales, and the strength of each scale relative to the last. */
const CLOUDS = { coarsest: 4, octaves: 7, kept: 0.57 };
const TEXTURE = { coarsest: 8, octaves: 10, kept: 0.85 };
/** Layers further back are bluer, brighter and have less contrast, as in haze. */
const HILLS = [
  { from: 0.42, waves: 5, rough: 0.1, colour: [118, 136, 158], contrast: 140 },
  { from: 0.56, waves: 9, rough: 0.16, colour: [84, 104, 92], contrast: 380 },
  { from: 0.74, waves: 3, rough: 0.2, colour: [96, 88, 52], contrast: 480 },
];
const GRAIN = 12;

/**
 * A picture of 12 megapixels that compresses like a photo: detail at every scale, weaker at finer ones, a flat sky
 * beside texture, sharp edges, and grain. It is the same in every run.
 *
 * @returns {Promise<Uint8Array<ArrayBuffer>>} JPEG
 */
export async function landscapePhoto() {
  const random = numbers(1);
  const texture = await fractal(random, TEXTURE);
  const clouds = await fractal(random, CLOUDS);
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let x = 0; x < WIDTH; x++) {
    const ridges = HILLS.map(({ from, waves, rough }, at) => {
      const slope = Math.sin((x / WIDTH) * waves + at * 2) * 0.05;
      // A line of the texture makes an edge as jagged as a row of trees.
      return (from + slope + ((texture[at * 500 * WIDTH + x] ?? 0) - 0.5) * rough) * HEIGHT;
    });
    for (let y = 0; y < HEIGHT; y++) {
      const at = y * WIDTH + x;
      const hill = HILLS[ridges.findLastIndex((ridge) => y > ridge)];
      const [detail = 0, cloud = 0] = [texture[at], clouds[at]];
      const grain = (random() + random() - 1) * GRAIN;
      for (let channel = 0; channel < 3; channel++) {
        const value = hill
          ? (hill.colour[channel] ?? 0) + (detail - 0.5) * hill.contrast + (cloud - 0.5) * 40
          : sky(channel, y / HEIGHT, cloud);
        pixels[at * 3 + channel] = Math.min(255, Math.max(0, value + grain));
      }
    }
  }
  const raw = { width: WIDTH, height: HEIGHT, channels: /** @type {const} */ (3) };
  return new Uint8Array(await sharp(pixels, { raw }).jpeg({ quality: 90 }).toBuffer());
}

/**
 * @param {number} channel
 * @param {number} down
 * @param {number} cloud
 */
function sky(channel, down, cloud) {
  const blue = ([70, 120, 190][channel] ?? 0) + down * 120;
  const white = Math.min(1, Math.max(0, (cloud - 0.5) * 4));
  return blue + (238 - blue) * white;
}

/**
 * Noise of many scales, each half as fine as the next.
 *
 * @param {() => number} random
 * @param {typeof CLOUDS} scales
 */
async function fractal(random, { coarsest, octaves, kept }) {
  const sum = new Float32Array(WIDTH * HEIGHT);
  const all = (1 - kept ** octaves) / (1 - kept);
  for (let octave = 0; octave < octaves; octave++) {
    const width = Math.min(WIDTH, coarsest << octave);
    const height = Math.ceil((width * HEIGHT) / WIDTH);
    const coarse = Buffer.from(Array.from({ length: width * height }, () => random() * 256));
    const layer = await sharp(coarse, { raw: { width, height, channels: 1 } })
      .resize({ width: WIDTH, height: HEIGHT, fit: 'fill', kernel: 'cubic' })
      .toColourspace('b-w')
      .raw()
      .toBuffer();
    const weight = kept ** octave / all / 255;
    for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] ?? 0) + (layer[at] ?? 0) * weight;
  }
  return sum;
}

/**
 * Numbers from 0 to 1, the same ones every time (mulberry32).
 *
 * @param {number} seed
 */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
