import { gif } from './bombs.js';
import { half } from './broken.js';
import { asset, pictures } from './pictures.js';
import { PNG_SIGNATURE, pngChunk, pngHeader, zeros } from './png.js';
import { unsupported } from './unsupported.js';

/** Valid pictures that look dangerous or damaged. They need no more resources than other pictures. */
export const harmless = {
  pngNamedJpg: pictures.png,
  /** Its content type and `nosniff` prevent a browser from parsing the rest as HTML. */
  jpegWithHtmlBehind: async () => Buffer.concat([await pictures.jpeg(), unsupported.html]),
  /** Its scan has the spectral parameters of a progressive one. */
  jpegSamsung: () => asset('cases/samsung-sos.jpg'),
  jpegBytesBetween: () => asset('cases/random_bytes_between_segments.jpg'),
  jpegPhotoshop: () => asset('cases/photoshop-200dpi-broken.jpg'),
  jpegNoEnd: async () => (await pictures.jpeg()).subarray(0, -2),
  jpegProgressiveNoEnd: async () => (await pictures.jpegProgressive()).subarray(0, -2),
  jpegBytesBehindScan: async () => beforeEnd(await pictures.jpeg(), 'a5c3115e'),
  jpegZerosBehindScan: async () => beforeEnd(await pictures.jpegProgressive(), '00'.repeat(500)),
  /** A colour transform that Adobe has not defined. */
  jpegAdobe: async () => {
    const adobe = Buffer.from('ffee000e41646f626500640000000002', 'hex');
    const file = await pictures.jpeg();
    return Buffer.concat([file.subarray(0, 2), adobe, file.subarray(2)]);
  },
  jpegJfif0: async () => {
    const file = await pictures.jpeg();
    file[file.indexOf('JFIF') + 5] = 0;
    return file;
  },
  /** Its tags are not in ascending order. */
  tiffTags: () => asset('cases/bad-interoperability.tiff'),
  /** The second directory is the first one again, an endless loop (TIFF 6.0 §2). Only the first is shown. */
  tiffLoop: async () => {
    const file = await pictures.tiff();
    const directory = file.readUInt32LE(4);
    const next = directory + 2 + file.readUInt16LE(directory) * 12;
    file.writeUInt32LE(directory, next);
    return file;
  },
  /** An animation may end after any frame: browsers show the complete frames. */
  gifAnimatedHalf: () => half(pictures.gifAnimated()),
  /** The screen claims 65,535 × 65,535, but its only frame is one pixel, and only that is decoded. */
  gifScreen: () => gif(65_535, 65_535, 1),
  /** A small picture whose compressed comment would decode to 200 MB; nothing reads comments. */
  pngComment: () => {
    const comment = Buffer.concat([Buffer.from('Comment\0\0', 'latin1'), zeros(200 << 20)]);
    return Buffer.concat([
      PNG_SIGNATURE,
      pngHeader(8, 8, 8),
      pngChunk('zTXt', comment),
      pngChunk('IDAT', zeros(9 * 8)),
      pngChunk('IEND', Buffer.alloc(0)),
    ]);
  },
};

function beforeEnd(jpeg: Buffer, hex: string): Buffer {
  return Buffer.concat([jpeg.subarray(0, -2), Buffer.from(hex, 'hex'), jpeg.subarray(-2)]);
}
