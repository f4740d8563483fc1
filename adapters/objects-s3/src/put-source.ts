import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { SHA256_FIELD } from './get.js';

/** A file that becomes an object. */
export interface PutSource {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Sends a request that creates an object, on the condition that its key has none. */
export type Conditionally = (
  key: string,
  source: PutSource,
  send: (headers: Readonly<Record<string, string>>) => Promise<unknown>,
) => Promise<void>;

/** Headers that are stored with an object. */
export function objectFields(sha256: string): Readonly<Record<string, string>> {
  return { 'Content-Type': 'application/octet-stream', [SHA256_FIELD]: sha256 };
}

/** The SHA-256 of a part of a file. */
export async function sha256Of(path: string, start: number, end: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { start, end })) hash.update(chunk);
  return hash.digest('hex');
}
