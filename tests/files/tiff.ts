const [SHORT, LONG] = [3, 4];

/** What is special about a TIFF; the rest is 16 × 12 pixels of 8-bit RGB, uncompressed. */
export interface TiffKind {
  readonly bits?: number;
  readonly samples?: number;
  /** 1: unsigned, 2: signed, 3: floating-point. */
  readonly format?: number;
  readonly photometric?: number;
  readonly compression?: number;
  /** Each sample in a plane of its own. */
  readonly planar?: boolean;
  readonly alpha?: boolean;
  /** Absent: a pattern. */
  readonly data?: Uint8Array;
}

const [WIDTH, HEIGHT] = [16, 12];

/** A TIFF of one page (TIFF 6.0 §2). */
export function tiff({
  bits = 8,
  samples = 3,
  format = 1,
  photometric = 2,
  compression = 1,
  planar = false,
  alpha = false,
  data,
}: TiffKind): Buffer {
  const bytes = Math.ceil((WIDTH * samples * bits) / 8) * HEIGHT;
  const pixels = data ?? Uint8Array.from({ length: bytes }, (_, i) => (i * 7) & 255);
  const planes = planar ? samples : 1;
  const planeBytes = pixels.length / planes;
  const perSample = (value: number) => Array.from({ length: samples }, () => value);
  const start = 8;
  const fields: [tag: number, type: number, values: number[]][] = [
    [256, SHORT, [WIDTH]],
    [257, SHORT, [HEIGHT]],
    [258, SHORT, perSample(bits)],
    [259, SHORT, [compression]],
    [262, SHORT, [photometric]],
    [273, LONG, Array.from({ length: planes }, (_, i) => start + i * planeBytes)],
    [277, SHORT, [samples]],
    [278, SHORT, [HEIGHT]],
    [279, LONG, Array.from({ length: planes }, () => planeBytes)],
    [284, SHORT, [planar ? 2 : 1]],
    ...(alpha ? [[338, SHORT, [2]] as [number, number, number[]]] : []),
    [339, SHORT, perSample(format)],
  ];
  const directory = start + pixels.length + (pixels.length % 2);
  const head = Buffer.from('49492a0000000000', 'hex');
  head.writeUInt32LE(directory, 4);
  const entries = Buffer.alloc(2 + fields.length * 12 + 4);
  entries.writeUInt16LE(fields.length, 0);
  const outside: Buffer[] = [];
  let next = directory + entries.length;
  for (const [i, [tag, type, values]] of fields.entries()) {
    const at = 2 + i * 12;
    const size = type === SHORT ? 2 : 4;
    const content = Buffer.alloc(Math.max(4, values.length * size));
    for (const [n, value] of values.entries()) content.writeUIntLE(value, n * size, size);
    entries.writeUInt16LE(tag, at);
    entries.writeUInt16LE(type, at + 2);
    entries.writeUInt32LE(values.length, at + 4);
    if (content.length === 4) {
      content.copy(entries, at + 8);
    } else {
      entries.writeUInt32LE(next, at + 8);
      outside.push(content);
      next += content.length;
    }
  }
  const padding = Buffer.alloc(pixels.length % 2);
  return Buffer.concat([head, pixels, padding, entries, ...outside]);
}
