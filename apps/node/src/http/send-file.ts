import type { OpenFile, SendableFile } from '@auraimage/ports';
import type { MaybePromise } from '@auraimage/protocol';

type Source = Omit<SendableFile, 'path'>;

/** Largest buffer, in bytes. */
const LARGE_BYTES = 256 * 1024;
/** Buffers of at most this size, in bytes, are lent without limit: a client that reads slowly holds one. */
const SMALL_BYTES = 16 * 1024;
const SMALLEST_BITS = 12;
/** Most memory in larger buffers that is lent at once, in bytes. */
const MAX_LENT = 8 * 1024 * 1024;
/** Most unused memory that is kept, in bytes: in larger buffers and in small ones, each. */
const MAX_IDLE = 8 * 1024 * 1024;
/** Most bytes of large files that are read in one turn of the event loop: other requests wait meanwhile. */
const TURN_BYTES = 1024 * 1024;

const pool = createBufferPool();
const nextTurn = createTurns();

/** Bytes in a buffer that is used again for something else once it is released. */
export interface Piece {
  readonly bytes: Buffer;
  /** Call it once, when the kernel has the bytes or the connection is closed. */
  release(): void;
}

/**
 * Reads a file that fits into one buffer: at once if it is open and in memory. Throws or rejects if it cannot be
 * read.
 *
 * @returns `null` for a larger file, and while many clients hold buffers
 */
export function readWhole({ start, length, open }: Source): MaybePromise<Piece | null> {
  if (length > LARGE_BYTES) return null;
  const piece = pool.take(length);
  if (piece.bytes.length < length) {
    piece.release();
    return null;
  }
  let file: OpenFile | undefined;
  try {
    const opening = open();
    if (opening instanceof Promise) return readLater(piece, start, opening);
    file = opening;
    const reading = file.read(piece.bytes, start);
    if (reading !== undefined) return readLater(piece, start, file, reading);
  } catch (error) {
    file?.close();
    piece.release();
    throw error;
  }
  file.close();
  return piece;
}

async function readLater(
  piece: Piece,
  start: number,
  opening: OpenFile | Promise<OpenFile>,
  reading?: Promise<void>,
): Promise<Piece> {
  try {
    const file = await opening;
    try {
      await (reading ?? file.read(piece.bytes, start));
    } finally {
      file.close();
    }
  } catch (error) {
    piece.release();
    throw error;
  }
  return piece;
}

/**
 * Reads a file piece by piece, each when the one before has been sent. All files together are read at a bounded
 * rate per turn of the event loop. Throws if the file cannot be read.
 */
export async function* readPieces({ start, length, open }: Source): AsyncGenerator<Piece> {
  const file = await open();
  const end = start + length;
  try {
    let at = start;
    while (at < end) {
      await nextTurn(Math.min(end - at, pool.most()));
      const piece = pool.take(end - at);
      try {
        await file.read(piece.bytes, at);
      } catch (error) {
        piece.release();
        throw error;
      }
      at += piece.bytes.length;
      yield piece;
    }
  } finally {
    file.close();
  }
}

/**
 * Shares the turns of the event loop among the readers.
 *
 * @returns a function that resolves when the reader may read so many bytes, in order of the calls
 */
function createTurns(): (bytes: number) => Promise<void> | undefined {
  const waiting: { readonly bytes: number; readonly start: () => void }[] = [];
  let left = TURN_BYTES;
  const begin = () => {
    left = TURN_BYTES;
    while (left > 0) {
      const next = waiting.shift();
      if (next === undefined) return;
      use(next.bytes);
      next.start();
    }
  };
  const use = (bytes: number) => {
    if (left === TURN_BYTES) setImmediate(begin);
    left -= bytes;
  };
  return (bytes) => {
    if (left <= 0) return new Promise((start) => waiting.push({ bytes, start }));
    use(bytes);
    return undefined;
  };
}

export interface BufferPool {
  /**
   * A buffer, not cleared, of this many bytes or fewer: at most 256 KB, and at most 16 KB while 8 MB are
   * lent in larger ones.
   */
  take(length: number): Piece;
  /** The length of the longest buffer that it gives at the moment. */
  most(): number;
}

/**
 * Reuses buffers: new ones cost a page fault for every 4 KiB and garbage collection. Sizes are powers of two.
 */
export function createBufferPool(): BufferPool {
  const large = { idle: new Map<number, ArrayBuffer[]>(), idleBytes: 0, lentBytes: 0 };
  const small: typeof large = { idle: new Map(), idleBytes: 0, lentBytes: 0 };

  const most = () => (large.lentBytes < MAX_LENT ? LARGE_BYTES : SMALL_BYTES);

  return {
    most,
    take(wanted) {
      const length = Math.min(wanted, most());
      const size = 2 ** Math.max(SMALLEST_BITS, Math.ceil(Math.log2(length || 1)));
      const kind = size > SMALL_BYTES ? large : small;
      const kept = kind.idle.get(size)?.pop();
      if (kept !== undefined) kind.idleBytes -= size;
      const memory = kept ?? (Buffer.allocUnsafeSlow(size).buffer as ArrayBuffer);
      kind.lentBytes += size;
      return {
        bytes: Buffer.from(memory, 0, length),
        release() {
          kind.lentBytes -= size;
          if (kind.idleBytes + size > MAX_IDLE) return;
          kind.idleBytes += size;
          const list = kind.idle.get(size);
          if (list === undefined) kind.idle.set(size, [memory]);
          else list.push(memory);
        },
      };
    },
  };
}
