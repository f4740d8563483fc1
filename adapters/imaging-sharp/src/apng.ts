import { PNG_SIGNATURE, pngChunks, writePngChunk } from '@auraimage/image-files';

/** Values of `dispose_op` and `blend_op` (PNG third edition, §11.3.6.2). */
const [BACKGROUND, PREVIOUS] = [1, 2];
const OVER = 1;
const CHANNELS = 4;
/** Chunks before the pixels that every frame needs. */
const SHARED = new Set(['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'cICP']);

interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly dispose: number;
  readonly blend: number;
  /** Compressed pixels. */
  readonly data: Buffer[];
}

/** An animated PNG whose pixels are not decoded yet. */
export interface Apng {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  /** Milliseconds that each frame is shown. */
  readonly delay: number[];
  /** How often it is played; 0 means forever. */
  readonly loop: number;
  /**
   * Decodes all frames, each composed with those before it.
   *
   * @param decode decodes a PNG to rows of 8-bit red, green, blue and alpha
   * @returns rows of all frames, one frame below the other. Rejects for a broken file.
   */
  compose(decode: (png: Buffer) => Promise<Buffer>): Promise<Buffer>;
}

/**
 * Reads an animated PNG; `null` for any other, and for an animation that browsers do not play: of fewer than two
 * frames, or with a frame outside of its picture.
 *
 * The picture of the file without the animation is a frame only if a frame control comes before it.
 */
export function readApng(bytes: Buffer): Apng | null {
  let header: Buffer | undefined;
  let plays: number | undefined;
  let isPastPixels = false;
  const shared: Buffer[] = [];
  const frames: Frame[] = [];
  const delay: number[] = [];
  for (const { type, data } of pngChunks(bytes)) {
    if (type === 'IHDR' && data.length === 13) header ??= data;
    else if (type === 'acTL' && data.length === 8 && !isPastPixels) plays ??= data.readUInt32BE(4);
    else if (type === 'fcTL' && data.length === 26) {
      frames.push(readFrame(data));
      delay.push(readDelay(data));
    } else if (type === 'IDAT') {
      isPastPixels = true;
      frames[0]?.data.push(data);
    } else if (type === 'fdAT' && data.length >= 4) frames.at(-1)?.data.push(data.subarray(4));
    else if (SHARED.has(type) && !isPastPixels) shared.push(writePngChunk(type, data));
  }
  if (header === undefined || plays === undefined || frames.length < 2) return null;
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const isInside = (frame: Frame) =>
    frame.width > 0 &&
    frame.height > 0 &&
    frame.left + frame.width <= width &&
    frame.top + frame.height <= height &&
    frame.data.length > 0;
  if (!frames.every(isInside)) return null;
  const head = header;
  return {
    width,
    height,
    frames: frames.length,
    delay,
    loop: plays,
    async compose(decode) {
      const size = width * height * CHANNELS;
      const all = Buffer.alloc(size * frames.length);
      let canvas = Buffer.alloc(size);
      for (const [i, frame] of frames.entries()) {
        const before = frame.dispose === PREVIOUS ? Buffer.from(canvas) : undefined;
        const pixels = await decode(frameFile(head, shared, frame));
        if (pixels.length !== frame.width * frame.height * CHANNELS) {
          throw new Error('a frame has not the size that its control chunk says');
        }
        draw(canvas, width, frame, pixels);
        canvas.copy(all, i * size);
        if (before !== undefined) canvas = before;
        else if (frame.dispose === BACKGROUND) clear(canvas, width, frame);
      }
      return all;
    },
  };
}

function readFrame(data: Buffer): Frame {
  return {
    width: data.readUInt32BE(4),
    height: data.readUInt32BE(8),
    left: data.readUInt32BE(12),
    top: data.readUInt32BE(16),
    dispose: data[24] ?? 0,
    blend: data[25] ?? 0,
    data: [],
  };
}

/** A denominator of 0 means hundredths of a second. */
function readDelay(data: Buffer): number {
  return Math.round((data.readUInt16BE(20) * 1000) / (data.readUInt16BE(22) || 100));
}

/** A frame as a PNG of its own. */
function frameFile(header: Buffer, shared: readonly Buffer[], frame: Frame): Buffer {
  const own = Buffer.from(header);
  own.writeUInt32BE(frame.width, 0);
  own.writeUInt32BE(frame.height, 4);
  return Buffer.concat([
    PNG_SIGNATURE,
    writePngChunk('IHDR', own),
    ...shared,
    writePngChunk('IDAT', ...frame.data),
    writePngChunk('IEND'),
  ]);
}

function draw(canvas: Buffer, canvasWidth: number, frame: Frame, pixels: Buffer): void {
  const { left, top, width, height, blend } = frame;
  for (let y = 0; y < height; y++) {
    const from = y * width * CHANNELS;
    const to = ((top + y) * canvasWidth + left) * CHANNELS;
    if (blend === OVER) blendRow(canvas, to, pixels, from, width);
    else pixels.copy(canvas, to, from, from + width * CHANNELS);
  }
}

function blendRow(canvas: Buffer, to: number, pixels: Buffer, from: number, width: number): void {
  for (let at = 0; at < width * CHANNELS; at += CHANNELS) {
    const alpha = pixels[from + at + 3] ?? 0;
    if (alpha === 0) continue;
    const below = ((canvas[to + at + 3] ?? 0) * (255 - alpha)) / 255;
    const sum = alpha + below;
    for (let channel = 0; channel < 3; channel++) {
      const upper = (pixels[from + at + channel] ?? 0) * alpha;
      canvas[to + at + channel] = Math.round(
        (upper + (canvas[to + at + channel] ?? 0) * below) / sum,
      );
    }
    canvas[to + at + 3] = Math.round(sum);
  }
}

function clear(canvas: Buffer, canvasWidth: number, { left, top, width, height }: Frame): void {
  for (let y = top; y < top + height; y++) {
    const start = (y * canvasWidth + left) * CHANNELS;
    canvas.fill(0, start, start + width * CHANNELS);
  }
}
