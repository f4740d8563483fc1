import { bitmapHeader, rleBitmap } from './bmp.js';
import { asset, pictures } from './pictures.js';
import { PNG_SIGNATURE, pngChunk, pngHeader, zeros } from './png.js';

const END = pngChunk('IEND', Buffer.alloc(0));

/** Small files that decode to more data than a decoder should process. */
export const bombs = {
  /** 2.5 gigapixels in some 300 KB. */
  pngPixels: () => {
    const [width, height] = [50_000, 50_000];
    const data = zeros((1 + width / 8) * height);
    return Buffer.concat([PNG_SIGNATURE, pngHeader(width, height, 1), pngChunk('IDAT', data), END]);
  },
  gifFrames: () => gif(1, 1, 10_000),
  /** 900 frames of one megapixel each, with one pixel of data per frame. */
  gifFramePixels: () => gif(1000, 1000, 900),
  /** The frame header (SOF0, ITU-T T.81 B.2.2) claims 65,535 × 65,535. */
  jpegPixels: async () => {
    const file = await pictures.jpeg();
    const at = file.indexOf(Buffer.from('ffc0', 'hex'));
    file.writeUInt32BE(0xffffffff, at + 5);
    return file;
  },
  /** The header of the lossless stream (RFC 9649 §3.4) claims 16,384 × 16,384. */
  webpPixels: async () => {
    const file = await pictures.webpLossless();
    const at = file.indexOf('VP8L') + 9;
    file.writeUInt32LE(0x0fffffff, at);
    return file;
  },
  /** The `ispe` property (ISO/IEC 23008-12 §6.5.3) claims 65,535 × 65,535. */
  avifPixels: async () => {
    const file = await pictures.avif();
    const at = file.indexOf('ispe') + 8;
    file.writeUInt32BE(65_535, at);
    file.writeUInt32BE(65_535, at + 4);
    return file;
  },
  /** Every `ispe` claims 65,535 × 65,535. */
  heicPixels: async () => {
    const file = await pictures.heicTurned();
    const at = file.indexOf('ispe') + 8;
    file.writeUInt32BE(65_535, at);
    file.writeUInt32BE(65_535, at + 4);
    return file;
  },
  /** 30 megapixels of one colour, more than its decoder can do in time. */
  jxlPixels: () => asset('jxl-large.jxl'),
  bmpPixels: async () => bitmapHeader(65_535, 65_535, 24, 54),
  /** A negative height means rows from the top. The lowest integer has no positive counterpart. */
  bmpLowest: async () => bitmapHeader(1, -(2 ** 31), 24, 54),
  /** A few bytes of run-length encoding for two gigapixels. */
  bmpRuns: () => rleBitmap(65_535, 32_768, Buffer.from('ff00'.repeat(500), 'hex')),
  /** The first directory (TIFF 6.0 §2) claims 65,535 × 65,535. */
  tiffPixels: async () => {
    const file = await pictures.tiff();
    const directory = file.readUInt32LE(4);
    for (let entry = 0; entry < file.readUInt16LE(directory); entry++) {
      const at = directory + 2 + entry * 12;
      const isSize = [0x100, 0x101].includes(file.readUInt16LE(at));
      if (isSize) file.writeUInt32LE(65_535, at + 8);
    }
    return file;
  },
};

/** A GIF (GIF89a §18 to §23) whose every frame is one black pixel on the given screen. */
export function gif(width: number, height: number, frames: number): Buffer {
  const screen = Buffer.alloc(7);
  screen.writeUInt16LE(width, 0);
  screen.writeUInt16LE(height, 2);
  screen[4] = 0x80; // a global colour table of two
  const colours = Buffer.from('000000ffffff', 'hex');
  const control = Buffer.from('21f9040001000000', 'hex');
  const frame = Buffer.from('2c0000000001000100000202440100', 'hex');
  const all = Array.from({ length: frames }, () => Buffer.concat([control, frame]));
  return Buffer.concat([Buffer.from('GIF89a'), screen, colours, ...all, Buffer.from(';')]);
}
