import { gif } from './bombs.js';
import { half } from './broken.js';
import { pictures } from './pictures.js';
import { PNG_SIGNATURE, pngChunk, pngHeader, zeros } from './png.js';
import { unsupported } from './unsupported.js';

/** Files that look dangerous or damaged, and are pictures all the same: they cost no more than they show. */
export const harmless = {
  pngNamedJpg: pictures.png,
  /** Its type and `nosniff` keep a browser from reading the rest as a page. */
  jpegWithHtmlBehind: async () => Buffer.concat([await pictures.jpeg(), unsupported.html]),
  /** An animation may end after any frame: browsers show the ones that came. */
  gifAnimatedHalf: () => half(pictures.gifAnimated()),
  /** The screen claims 65,535 × 65,535; its one frame is a pixel, and that is what is decoded. */
  gifScreen: () => gif(65_535, 65_535, 1),
  /** A small picture whose comment would unfold to 200 MB, if anybody read comments. */
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
