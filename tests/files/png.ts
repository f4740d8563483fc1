import { constants, deflateRawSync } from 'node:zlib';

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A chunk as PNG (RFC 2083 §3.2) lays it out. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

/** An `IHDR` of a grey picture. */
export function pngHeader(width: number, height: number, bitDepth: 1 | 8): Buffer {
  const data = Buffer.concat([uint32(width), uint32(height), Buffer.from([bitDepth, 0, 0, 0, 0])]);
  return pngChunk('IHDR', data);
}

/**
 * A zlib stream (RFC 1950) of many zeros, built without compressing them all: blocks that end in a full flush are
 * independent, so one of them can be repeated.
 */
export function zeros(length: number): Buffer {
  const block = 1 << 20;
  const flushed = deflateRawSync(Buffer.alloc(block), { finishFlush: constants.Z_FULL_FLUSH });
  const whole = Array.from({ length: Math.floor(length / block) }, () => flushed);
  const rest = deflateRawSync(Buffer.alloc(length % block));
  const adler = (((length % 65_521) << 16) | 1) >>> 0;
  return Buffer.concat([Buffer.from([0x78, 0x9c]), ...whole, rest, uint32(adler)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** CRC-32 of ISO 3309, as RFC 2083 §3.4 requires; the oldest supported Node has no `zlib.crc32`. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
