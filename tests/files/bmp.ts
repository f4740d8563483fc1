/** A header of 54 bytes: that of the file, then a `BITMAPINFOHEADER` of Windows 3.0. */
export function bitmapHeader(
  width: number,
  height: number,
  depth: 8 | 24,
  pixelsAt: number,
): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(pixelsAt, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(depth, 28);
  return head;
}

/** A BMP of 24 bits from rows of red, green, blue. A negative height means rows from the top. */
export function bitmap(width: number, height: number, pixels: Buffer): Buffer {
  const stride = Math.ceil((width * 3) / 4) * 4;
  const rows = Array.from({ length: Math.abs(height) }, (_, row) => {
    const bytes = Buffer.alloc(stride);
    for (let i = 0; i < width * 3; i++) {
      const from = row * width * 3 + i + 2 - 2 * (i % 3); // the order is blue, green, red
      bytes[i] = pixels[from] ?? 0;
    }
    return bytes;
  });
  if (height > 0) rows.reverse();
  return Buffer.concat([bitmapHeader(width, height, 24, 54), ...rows]);
}

/** A BMP of 256 greys with run-length encoding: a count, then a grey. */
export function rleBitmap(width: number, height: number, runs: Buffer): Buffer {
  const head = bitmapHeader(width, height, 8, 54 + 1024);
  head.writeUInt32LE(1, 30);
  head.writeUInt32LE(runs.length, 34);
  const greys = Buffer.alloc(1024);
  for (let i = 0; i < 256; i++) greys.writeUInt32LE(i * 0x010101, i * 4);
  return Buffer.concat([head, greys, runs]);
}
