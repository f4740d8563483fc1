/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2), in the memory of its file. */
export interface Box {
  readonly type: string;
  /** Without type and length. */
  readonly data: Buffer;
}

/** Most boxes of a file, or in a box. */
const MAX_BOXES = 10_000;

/** The boxes in a file, or in the body of a box. */
export function boxesOf(bytes: Buffer): readonly Box[] {
  const boxes: Box[] = [];
  let at = 0;
  while (at + 8 <= bytes.length && boxes.length < MAX_BOXES) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    const short = bytes.readUInt32BE(at);
    const isLong = short === 1;
    const size = isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short || bytes.length - at;
    if (size < (isLong ? 16 : 8)) break;
    boxes.push({ type, data: bytes.subarray(at + (isLong ? 16 : 8), at + size) });
    at += size;
  }
  return boxes;
}

/** The body of the first box of a type, inside of one another. Empty if there is none. */
export function bodyOf(bytes: Buffer, ...path: readonly string[]): Buffer {
  let body = bytes;
  for (const type of path) {
    const found = boxesOf(body).find((box) => box.type === type);
    if (found === undefined) return Buffer.alloc(0);
    body = found.data;
  }
  return body;
}

export function writeBox(type: string, ...bodies: readonly Buffer[]): Buffer {
  const body = Buffer.concat(bodies);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}
