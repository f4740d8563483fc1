import { gzipSync } from 'node:zlib';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>';

/** Files of unsupported types, with any name. */
export const unsupported = {
  empty: Buffer.alloc(0),
  oneByte: Buffer.from([0xff]),
  text: Buffer.from('hello\n'),
  html: Buffer.from('<!doctype html><html><body><script>alert(1)</script></body></html>'),
  svg: Buffer.from(SVG),
  svgProlog: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${SVG}`),
  svgSpaces: Buffer.from(`\n\n   \t${SVG}`),
  svgByteOrderMark: Buffer.from(`\ufeff${SVG}`),
  svgUtf16: Buffer.from(`\ufeff${SVG}`, 'utf16le'),
  svgCompressed: gzipSync(SVG),
  pdf: Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n', 'latin1'),
  postscript: Buffer.from('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n'),
  zip: Buffer.from('504b030414000000000000000000000000000000', 'hex'),
  exe: Buffer.concat([Buffer.from('MZ'), Buffer.alloc(100)]),
  mp4: media('isom', 'isomiso2avc1mp41'),
  quicktime: media('qt  ', 'qt  '),
  /** A picture with an unknown compression. */
  heif: media('mif1', 'mif1miaf'),
  textBM: Buffer.from('BM is how this text begins, and a bitmap begins with BM too.\n'),
  ico: Buffer.from('000001000100101000000100200068040000160000', 'hex'),
  jpeg2000: Buffer.from('0000000c6a5020200d0a870a', 'hex'),
  photoshop: Buffer.from('8BPS\0\x01\0\0\0\0\0\0\0\x03', 'latin1'),
  vips: Buffer.concat([Buffer.from('08f2a6b6', 'hex'), Buffer.alloc(100)]),
  magick: Buffer.from('id=ImageMagick  version=1.0\n'),
  wave: Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'),
  almostPng: Buffer.from('\x89PNG\n\x1a\n', 'latin1'),
  almostGif: Buffer.from('GIF90a'),
};

/** The start of an ISO base media file: its `ftyp` box, then an empty `mdat`. */
export function media(major: string, compatible: string): Buffer {
  const size = String.fromCharCode(16 + compatible.length);
  return Buffer.from(`\0\0\0${size}ftyp${major}\0\0\0\0${compatible}\0\0\0\x08mdat`, 'latin1');
}
