import { type BmpHeader, parseBmpHeader } from './bmp-header.js';
import { createTaggedPicture, type RawHeader, type RawPicture, toSrgb } from './raw-picture.js';

/** Size of the picture, without decoding pixels; `null` when the bytes are no BMP. */
export function readBmpHeader(bytes: Uint8Array): RawHeader | null {
  const header = parseBmpHeader(viewOf(bytes));
  return header === null ? null : { width: header.width, height: header.height };
}

/**
 * Decodes the picture: palettes of 1, 2, 4 and 8 bits, run lengths of 4, 8 and 24 bits, 16, 24 and 32 bits with any
 * masks, as Windows and OS/2 write them. Rejects for a broken file.
 *
 * As in Chromium, pixels that run lengths leave out are black, and alpha counts where a mask names it.
 */
export async function decodeBmp(bytes: Uint8Array): Promise<RawPicture> {
  const view = viewOf(bytes);
  const header = parseBmpHeader(view);
  if (header === null) throw new Error('not a BMP that is supported');
  const { width, height, coding, profile } = header;
  const pixels = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length).subarray(
    header.pixelsAt,
  );
  const tagged = profile === undefined ? undefined : createTaggedPicture(header, profile);
  const data = tagged?.data ?? new Uint8Array(width * height * 4);
  if (coding === 'runs') unpackRuns(pixels, header, view, data);
  else if (header.depth <= 8) readIndexes(pixels, header, view, data);
  else readMasked(pixels, header, data);
  return tagged === undefined ? { data, width, height } : toSrgb(tagged);
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** Calls a function with the offset of each row's bytes and of its first pixel. Padding of the last row may be missing. */
function forEachRow(
  pixels: Uint8Array,
  { width, height, depth, isTopDown }: BmpHeader,
  use: (from: number, to: number) => void,
): void {
  const stride = Math.ceil((width * depth) / 32) * 4;
  if (pixels.length < stride * (height - 1) + Math.ceil((width * depth) / 8)) {
    throw new Error('pixels are missing');
  }
  for (let row = 0; row < height; row++) {
    use(row * stride, (isTopDown ? row : height - 1 - row) * width * 4);
  }
}

/** Colours as {@link BLACK}. An index without a colour is black. */
function readPalette(view: DataView, { palette }: BmpHeader): Uint32Array {
  const colours = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    colours[i * 4 + 3] = 255;
    if (i >= palette.count) continue;
    const at = palette.at + i * palette.entry;
    for (let c = 0; c < 3; c++) colours[i * 4 + c] = view.getUint8(at + 2 - c);
  }
  return new Uint32Array(colours.buffer);
}

function readIndexes(
  pixels: Uint8Array,
  header: BmpHeader,
  view: DataView,
  data: Uint8Array,
): void {
  const colours = readPalette(view, header);
  const shown = words(data);
  const { width, depth } = header;
  const mask = (1 << depth) - 1;
  forEachRow(pixels, header, (from, to) => {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = pixels[from + (bit >> 3)] ?? 0;
      shown[to / 4 + x] = colours[(byte >> (8 - depth - (bit & 7))) & mask] ?? 0;
    }
  });
}

/** The pixels as numbers, in the same memory. */
function words({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length / 4);
}

function readMasked(pixels: Uint8Array, header: BmpHeader, data: Uint8Array): void {
  const { width, depth, masks } = header;
  const [red, green, blue, alpha] = [
    channelOf(masks[0], 0),
    channelOf(masks[1], 0),
    channelOf(masks[2], 0),
    channelOf(masks[3], 255),
  ];
  const shown = words(data);
  const bytes = depth / 8;
  forEachRow(pixels, header, (from, to) => {
    for (let x = 0, at = from; x < width; x++, at += bytes) {
      let value = (pixels[at] ?? 0) | ((pixels[at + 1] ?? 0) << 8);
      if (bytes > 2) value |= (pixels[at + 2] ?? 0) << 16;
      if (bytes > 3) value |= (pixels[at + 3] ?? 0) << 24;
      shown[to / 4 + x] =
        channelValue(red, value) |
        (channelValue(green, value) << 8) |
        (channelValue(blue, value) << 16) |
        (channelValue(alpha, value) << 24);
    }
  });
}

/** Where a channel is in a pixel, and its values from 0 to 255. */
interface Channel {
  readonly shift: number;
  readonly values: Uint8Array;
}

function channelValue({ shift, values }: Channel, pixel: number): number {
  return values[(pixel >>> shift) & (values.length - 1)] ?? 0;
}

/** Bits of a channel that are read: no more can be seen. */
const MAX_BITS = 16;

/** @param missing the value of a channel without a mask */
function channelOf(mask: number, missing: number): Channel {
  if (mask === 0) return { shift: 0, values: Uint8Array.of(missing) };
  const first = 31 - Math.clz32(mask & -mask);
  const most = mask >>> first;
  if ((most & (most + 1)) !== 0) throw new Error('a mask with holes');
  const bits = Math.min(MAX_BITS, 32 - Math.clz32(most));
  const shift = first + 32 - Math.clz32(most) - bits;
  const last = 2 ** bits - 1;
  return {
    shift,
    values: Uint8Array.from({ length: last + 1 }, (_, i) => Math.round((i * 255) / last)),
  };
}

/** Opaque. Colours are numbers whose bytes in memory are red, green, blue, alpha: as on every machine of Node's. */
const BLACK = 0xff00_0000;
/** Escapes after a count of zero. More is a number of literal pixels. */
const [END_OF_ROW, END_OF_PICTURE, DELTA] = [0, 1, 2];

/** What lies outside of the picture is left out. */
function unpackRuns(bytes: Uint8Array, header: BmpHeader, view: DataView, data: Uint8Array): void {
  const { width, height, depth, isTopDown } = header;
  const colours = depth === 24 ? new Uint32Array(0) : readPalette(view, header);
  const shown = words(data).fill(BLACK);
  let [at, x, y] = [0, 0, 0];
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error('runs are missing');
    return byte;
  };
  const colour24 = () => (next() << 16) | (next() << 8) | next() | BLACK;
  const put = (colour: number) => {
    if (x < width) shown[(isTopDown ? y : height - 1 - y) * width + x] = colour;
    x++;
  };

  while (y < height) {
    // Some writers leave out the end of the picture.
    if (at >= bytes.length && y === height - 1 && x >= width) return;
    const count = next();
    if (count > 0) {
      if (depth === 24) {
        const colour = colour24();
        for (let i = 0; i < count; i++) put(colour);
      } else {
        const byte = next();
        for (let i = 0; i < count; i++) put(colours[indexIn(byte, i, depth)] ?? 0);
      }
      continue;
    }
    const code = next();
    if (code === END_OF_PICTURE) return;
    if (code === END_OF_ROW) [x, y] = [0, y + 1];
    else if (code === DELTA) {
      [x, y] = [x + next(), y + next()];
      if (x > width || y > height) throw new Error('a jump out of the picture');
    } else {
      const padding = literals(code);
      at += padding;
    }
  }

  /** Puts literal pixels. Returns the bytes of padding after them, which fill up two. */
  function literals(count: number): number {
    const start = at;
    if (depth === 24) for (let i = 0; i < count; i++) put(colour24());
    else {
      let byte = 0;
      for (let i = 0; i < count; i++) {
        if (depth === 8 || i % 2 === 0) byte = next();
        put(colours[indexIn(byte, i, depth)] ?? 0);
      }
    }
    return (at - start) % 2;
  }
}

/** Of 4 bits, the upper half of a byte comes first. */
function indexIn(byte: number, position: number, depth: number): number {
  if (depth === 8) return byte;
  return position % 2 === 0 ? byte >> 4 : byte & 15;
}
