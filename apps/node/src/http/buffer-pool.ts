const SMALLEST_BITS = 12;
/** Most unused memory that is kept, in bytes. */
const MAX_IDLE = 16 * 1024 * 1024;

export interface BufferPool {
  /** A buffer of this many bytes, not cleared. */
  take(length: number): Buffer;
  /** Returns a buffer of `take` to the pool. It must not be used afterwards. */
  release(buffer: Buffer): void;
}

/**
 * Reuses buffers: new ones cost a page fault for every 4 KiB and garbage collection. Sizes are powers of two.
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
    release({ buffer }) {
      const { byteLength } = buffer;
      if (idleBytes + byteLength > MAX_IDLE) return;
      idleBytes += byteLength;
      const list = idle.get(byteLength);
      if (list === undefined) idle.set(byteLength, [buffer as ArrayBuffer]);
      else list.push(buffer as ArrayBuffer);
    },
  };
}
