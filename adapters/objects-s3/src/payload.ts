import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';

/** Bytes to send and their SHA-256. The hash is signed, so the store rejects any other bytes. */
export interface Payload {
  readonly length: number;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** Called once for each try. */
  open(): Readable | Uint8Array | string;
}

export function payloadOf(bytes: Uint8Array | string): Payload {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { length: Buffer.byteLength(bytes), sha256, open: () => bytes };
}

export const NOTHING = payloadOf('');
