import { crc32 } from './crc32.js';

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

export interface PngChunk {
  /** Four letters. */
  readonly type: string;
  readonly data: Buffer;
  /** With its length, type and checksum. */
  readonly whole: Buffer;
}

/**
 * The chunks of a PNG in order (PNG third edition, §5.3), up to its end chunk. A chunk that is cut off is left out.
 */
export function* pngChunks(bytes: Buffer): Generator<PngChunk> {
  if (!bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const end = at + 12 + bytes.readUInt32BE(at);
    if (end > bytes.length) return;
    const type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, data: bytes.subarray(at + 8, end - 4), whole: bytes.subarray(at, end) };
    if (type === 'IEND') return;
    at = end;
  }
}

/** A chunk with its length and checksum. */
export function writePngChunk(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const name = Buffer.from(type, 'latin1');
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(length, 0);
  ends.writeUInt32BE(crc32(name, ...parts), 4);
  return Buffer.concat([ends.subarray(0, 4), name, ...parts, ends.subarray(4)]);
}
