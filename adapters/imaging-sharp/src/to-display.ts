import type { Sharp } from 'sharp';
import {
  BT709,
  BT2020,
  between,
  type Colours,
  luminanceOf,
  type Transfer,
} from './colour-spaces.js';
import { sharp } from './sharp.js';

/** How the numbers in a file become colours, where libvips does not know it. */
export interface Coding {
  /** Absent: sRGB. `ink`: CMYK without a profile. */
  readonly colours?: Colours | 'ink' | undefined;
  /** Black and white are 16 and 235 of 255, as in video. */
  readonly limited?: { readonly luma: boolean; readonly alpha: boolean };
  /** Bits per channel in the file. libvips shifts more than 8 up to 16. */
  readonly depth: number;
}

/**
 * Runs a pipeline and converts its colours to sRGB as Chromium shows them on a screen without HDR. Call it
 * after scaling, so that no more pixels are converted than are shown. The result has 8 bits a channel.
 *
 * @throws for a broken file
 */
export async function toDisplay(image: Sharp, coding: Coding): Promise<Sharp> {
  const isInk = coding.colours === 'ink';
  const isDeep = coding.depth > 8;
  const { data, info } = await image
    .toColourspace(isInk ? 'cmyk' : isDeep ? 'rgb16' : 'srgb')
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = isDeep
    ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.length);
  const pixels = isInk ? fromInk(values, channels) : convert(values, channels, coding);
  const shown = isInk && channels === 4 ? 3 : isInk ? 4 : channels;
  return sharp(pixels, { raw: { width, height, channels: shown }, limitInputPixels: false });
}

/** What browsers make of CMYK without a profile: each ink takes its share of the light. */
function fromInk(values: Uint8Array | Uint16Array, channels: number): Uint8Array {
  const hasAlpha = channels > 4;
  const most = values instanceof Uint16Array ? 65_535 : 255;
  const shown = hasAlpha ? 4 : 3;
  const count = values.length / channels;
  const pixels = new Uint8Array(count * shown);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels, to += shown) {
    const paper = most - (values[from + 3] ?? 0);
    for (let c = 0; c < 3; c++) {
      pixels[to + c] = Math.round(((most - (values[from + c] ?? 0)) * paper * 255) / most ** 2);
    }
    if (hasAlpha) pixels[to + 3] = Math.round(((values[from + 4] ?? most) * 255) / most);
  }
  return pixels;
}

/** Entries of the table that encodes linear light as sRGB. */
const STEPS = 65_535;
let encodedSrgb: Uint8Array | undefined;

function convert(
  values: Uint8Array | Uint16Array,
  channels: number,
  { colours, limited, depth }: Coding,
): Uint8Array {
  const alphas = levels(depth, limited?.alpha ?? false);
  const codes = levels(depth, limited?.luma ?? false);
  const pixels = new Uint8Array(values.length);
  const encode = (value: number) => Math.round(value * 255);
  if (channels === 4) {
    for (let at = 3; at < values.length; at += 4) pixels[at] = encode(alphas[values[at] ?? 0] ?? 0);
  }
  if (colours === undefined || colours === 'ink') {
    for (let at = 0; at < values.length; at += channels) {
      for (let i = at; i < at + 3; i++) pixels[i] = encode(codes[values[i] ?? 0] ?? 0);
    }
    return pixels;
  }

  encodedSrgb ??= Uint8Array.from({ length: STEPS + 1 }, (_, i) => encodeSrgb(i / STEPS));
  const encoded = encodedSrgb;
  const light = codes.map(linearOf(colours.transfer));
  const map = createMap(colours);
  const shown = new Float64Array(3);
  for (let at = 0; at < values.length; at += channels) {
    const red = light[values[at] ?? 0] ?? 0;
    const green = light[values[at + 1] ?? 0] ?? 0;
    const blue = light[values[at + 2] ?? 0] ?? 0;
    map(red, green, blue, shown);
    for (let i = 0; i < 3; i++) {
      const value = Math.min(1, Math.max(0, shown[i] ?? 0));
      pixels[at + i] = encoded[Math.round(value * STEPS)] ?? 0;
    }
  }
  return pixels;
}

/** The value from 0 to 1 of each number that libvips gives. */
function levels(depth: number, isLimited: boolean): Float32Array {
  const isDeep = depth > 8;
  const most = (1 << depth) - 1;
  const shift = isDeep ? 16 - depth : 0;
  const unit = (1 << depth) / 256;
  const [black, white] = isLimited ? [16 * unit, 235 * unit] : [0, most];
  return Float32Array.from({ length: isDeep ? 65_536 : 256 }, (_, i) => {
    const value = (i / (1 << shift) - black) / (white - black);
    return Math.min(1, Math.max(0, value));
  });
}

function encodeSrgb(light: number): number {
  return Math.round(
    255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055),
  );
}

/** Luminance of diffuse white in HDR content, in cd/m² (ITU-R BT.2408 §2). */
const REFERENCE_WHITE = 203;
/** Peak of HLG content, and of PQ content that names none, in cd/m² (ITU-R BT.2100 table 5, note 5e). */
const USUAL_PEAK = 1000;

/** SDR: 1 is white. PQ: 1 is the reference white. HLG: light of the scene, before its OOTF. */
function linearOf(transfer: Transfer): (value: number) => number {
  if (transfer === 'pq') return (v) => pq(v) / REFERENCE_WHITE;
  if (transfer === 'hlg') return hlg;
  return transfer;
}

/** Luminance in cd/m² (ITU-R BT.2100 table 4, EOTF). */
function pq(value: number): number {
  const p = value ** (32 / 2523);
  return 10_000 * (Math.max(p - 107 / 128, 0) / (2413 / 128 - (2392 / 128) * p)) ** (8192 / 1305);
}

/** Light of the scene (ITU-R BT.2100 table 5, inverse OETF). */
function hlg(value: number): number {
  if (value <= 0.5) return value ** 2 / 3;
  return (Math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}

/** Writes the linear light in sRGB of linear light in the colour space of the file. */
type Map = (red: number, green: number, blue: number, result: Float64Array) => void;

function createMap({ primaries, transfer, peak = USUAL_PEAK }: Colours): Map {
  const isHdr = transfer === 'pq' || transfer === 'hlg';
  const first = Float64Array.from(between(primaries, isHdr ? BT2020 : BT709).flat());
  const write = (m: Float64Array, red: number, green: number, blue: number, to: Float64Array) => {
    for (let i = 0; i < 3; i++) {
      to[i] = (m[i * 3] ?? 0) * red + (m[i * 3 + 1] ?? 0) * green + (m[i * 3 + 2] ?? 0) * blue;
    }
  };
  if (!isHdr) return (red, green, blue, to) => write(first, red, green, blue, to);

  const last = Float64Array.from(between(BT2020, BT709).flat());
  const luminance = luminanceOf(BT2020);
  const gainOf = createGain(peak);
  return (red, green, blue, to) => {
    write(first, red, green, blue, to);
    const r = to[0] ?? 0;
    const g = to[1] ?? 0;
    const b = to[2] ?? 0;
    let scale = 1;
    if (transfer === 'hlg') {
      // The OOTF for a display of 1000 cd/m² (ITU-R BT.2100 table 5).
      const light = luminance[0] * r + luminance[1] * g + luminance[2] * b;
      scale = (USUAL_PEAK / REFERENCE_WHITE) * Math.max(light, 0) ** 0.2;
    }
    const gain = scale * gainOf(scale * Math.max(r, g, b));
    write(last, r * gain, g * gain, b * gain, to);
  };
}

/** Position of the middle point of the curve between knee and peak. */
const BEND = 0.65;

/**
 * Gain of a colour by its largest component, where 1 is the reference white: the curve with which Chromium shows HDR on
 * a screen without it (the reference white tone mapping of SMPTE ST 2094-50). Below the knee, content is darkened
 * evenly, by up to one half; above, a quadratic Bézier curve reaches 1 at the peak.
 */
function createGain(peak: number): (brightest: number) => number {
  if (peak <= REFERENCE_WHITE) return () => 1;
  const headroom = Math.log2(peak / REFERENCE_WHITE);
  const knee = 1 - 0.5 * Math.min(headroom / Math.log2(USUAL_PEAK / REFERENCE_WHITE), 1);
  const end = 2 ** headroom;
  const middle = { x: 1 - BEND + BEND / knee, y: (1 - BEND) * knee + BEND };
  const [a, b] = [1 - 2 * middle.x + end, 2 * (middle.x - 1)];
  return (x) => {
    if (x <= 1) return knee;
    if (x >= end) return 1 / x;
    const c = 1 - x;
    const t = Math.abs(a) < 1e-9 ? -c / b : (Math.sqrt(b * b - 4 * a * c) - b) / (2 * a);
    return ((1 - t) ** 2 * knee + 2 * t * (1 - t) * middle.y + t * t) / x;
  };
}
