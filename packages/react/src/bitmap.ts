const HEADER_BYTES = 54;
const INFO_BYTES = 40;
const BITS_PER_PIXEL = 24;

/**
 * A BMP of RGBA pixels as a `data:` address. It needs no canvas and no compression, so it works on
 * any server.
 *
 * @param pixels rows from the top, four bytes a pixel; alpha is left out
 */
export function bitmapUrl(pixels: Uint8ClampedArray, width: number, height: number): string {
  const rowBytes = Math.ceil((width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEADER_BYTES + rowBytes * height);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x424d); // "BM"
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, HEADER_BYTES, true);
  view.setUint32(14, INFO_BYTES, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // negative: the first row is the top one
  view.setUint16(26, 1, true);
  view.setUint16(28, BITS_PER_PIXEL, true);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4;
      const [red = 0, green = 0, blue = 0] = pixels.subarray(from, from + 3);
      bytes.set([blue, green, red], HEADER_BYTES + y * rowBytes + x * 3);
    }
  }
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
