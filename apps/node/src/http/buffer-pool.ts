const SMALLEST_BITS = 12;
/** Most memory that lies idle, in bytes. */
const MAX_IDLE = 16 * 1024 * 1024;

export interface BufferPool {
  /** A buffer of so many bytes, with whatever was in it before. */
  take(length: number): Buffer;
  /** Takes back what `take` gave. Nobody may look at it any more. */
  giveBack(buffer: Buffer): void;
}

/**
 * Buffers that are used again: fresh ones cost a page fault every 4 KiB, and collecting them. Sizes are
 * powers of two.
 */
export function createBufferPool(): BufferPool {
  const idle = new Map<number, ArrayBuffer[]>();
  let idleBytes = 0;
  return {
    take(length) {
      const size = 2 ** Math.max(SMALLEST_BITS, Math.ceil(Math.log2(length || 1)));
      const kept = idle.get(size)?.pop();
      if (kept !== undefined) idleBytes -= size;
      return Buffer.from(kept ?? Buffer.allocUnsafeSlow(size).buffer, 0, length);
    },
    giveBack({ buffer }) {
      const { byteLength } = buffer;
      if (idleBytes + byteLength > MAX_IDLE) return;
      idleBytes += byteLength;
      const list = idle.get(byteLength);
      if (list === undefined) idle.set(byteLength, [buffer as ArrayBuffer]);
      else list.push(buffer as ArrayBuffer);
    },
  };
}
