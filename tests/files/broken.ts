import { rleBitmap } from './bmp.js';
import { drawing, pictures } from './pictures.js';
import { media } from './unsupported.js';

/** Files that start like a supported picture but are invalid or truncated. */
export const broken = {
  jpegScript: () => Buffer.from('\xff\xd8\xff<script>alert(document.domain)</script>', 'latin1'),
  gifScript: () => Buffer.from('GIF89a=1;alert(document.domain)//'.padEnd(200, ' ')),
  pngHtml: () => Buffer.from('\x89PNG\r\n\x1a\n<html><body>hello</body></html>', 'latin1'),
  webpScript: () => Buffer.from('RIFF\x24\0\0\0WEBPVP8 <svg onload="alert(1)"/>', 'latin1'),
  avifNothing: () => Buffer.from(`\0\0\0\x18ftypavif\0\0\0\0avifmif1${' '.repeat(200)}`, 'latin1'),
  tiffNothing: () => Buffer.from(`II*\0\x08\0\0\0${'\xff'.repeat(200)}`, 'latin1'),
  heicNothing: () => media('heic', 'mif1heic'),
  jxlNothing: () => Buffer.from('0000000c4a584c200d0a870a00000014667479706a786c20', 'hex'),
  jxlText: () => Buffer.from('\xff\nhello, this is no picture'.padEnd(200), 'latin1'),
  heicOfMif1: () => media('mif1', 'mif1miafheix'),
  bmpNothing: async () => (await pictures.bmp()).subarray(0, 54),
  jpegHeadOnly: () => Buffer.from('\xff\xd8\xff', 'latin1'),

  jpegHalf: () => half(drawing(400, 300).jpeg().toBuffer()),
  pngHalf: () => half(drawing(400, 300).png().toBuffer()),
  gifHalf: () => half(drawing(400, 300).gif().toBuffer()),
  webpHalf: () => half(drawing(400, 300).webp().toBuffer()),
  avifHalf: () => half(drawing(400, 300).avif({ effort: 0 }).toBuffer()),
  tiffHalf: () => half(drawing(400, 300).tiff({ compression: 'none' }).toBuffer()),
  heicHalf: () => half(pictures.heic()),
  jxlHalf: () => half(pictures.jxl()),
  jxlFromJpegHalf: () => half(pictures.jxlFromJpeg()),
  bmpHalf: () => half(pictures.bmp()),
  webpAnimatedHalf: () => half(pictures.webpAnimated()),

  /** The checksum of the pixel data is wrong. */
  pngChecksum: async () => {
    const file = await pictures.png();
    const at = file.indexOf('IDAT');
    const end = at + 4 + file.readUInt32BE(at - 4);
    file.writeUInt32BE((file.readUInt32BE(end) ^ 1) >>> 0, end);
    return file;
  },
  /** Cut before the last bytes of its data. */
  jpegAlmost: async () => (await drawing(400, 300).jpeg().toBuffer()).subarray(0, -20),
  jpegProgressiveAlmost: async () =>
    (await drawing(400, 300).jpeg({ progressive: true }).toBuffer()).subarray(0, -20),
  /** Cut before its last scan: every block is there, without its last bits. */
  jpegScanMissing: async () => {
    const file = await drawing(400, 300).jpeg({ progressive: true }).toBuffer();
    return file.subarray(0, file.lastIndexOf(Buffer.from('ffda', 'hex')));
  },
  /** The rest of a download that reserved its space. */
  jpegZeros: async () => {
    const file = await drawing(400, 300).jpeg().toBuffer();
    return file.fill(0, file.length >> 1);
  },
  /** A remark about its segments comes before the warning about its data. */
  jpegRemarkThenOnes: async () => {
    const file = await broken.jpegOnes();
    const frame = file.indexOf(Buffer.from('ffc0', 'hex'));
    const between = Buffer.from('0102030405', 'hex');
    return Buffer.concat([file.subarray(0, frame), between, file.subarray(frame)]);
  },
  /** The middle of a JPEG's data is overwritten with ones, which are markers (ITU-T T.81 B.1.1.2). */
  jpegOnes: async () => {
    const file = await drawing(400, 300).jpeg().toBuffer();
    return file.fill(0xff, file.length >> 1, (file.length >> 1) + 2000);
  },
  /** The box of all properties is missing, so size and decoder are unknown (ISO/IEC 23008-12 §9.3). */
  heicNoProperties: async () => {
    const file = await pictures.heic();
    return file.fill('free', file.indexOf('iprp'), file.indexOf('iprp') + 4);
  },
  /** A run that exceeds its row and the picture. */
  bmpRunPastEnd: () => rleBitmap(64, 48, Buffer.from('0002ffff0002ffffff010001', 'hex')),
  /** The first directory is past the end of the file. */
  tiffPastEnd: async () => {
    const file = await pictures.tiff();
    file.writeUInt32LE(0x7fffffff, 4);
    return file;
  },
};

export async function half(file: Promise<Buffer>): Promise<Buffer> {
  const whole = await file;
  return whole.subarray(0, whole.length >> 1);
}
