import { gif } from './bombs.js';
import { half } from './broken.js';
import { pictures } from './pictures.js';
import { PNG_SIGNATURE, pngChunk, pngHeader, zeros } from './png.js';
import { unsupported } from './unsupported.js';

/** Valid pictures that look dangerous or damaged. They need no more resources than other pictures. */
export const harmless = {
  pngNamedJpg: pictures.png,
  /** Its content type and `nosniff` prevent a browser from parsing the rest as HTML. */
  jpegWithHtmlBehind: async () => Buffer.concat([await pictures.jpeg(), unsupported.html]),
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
