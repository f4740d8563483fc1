import { readFile, stat } from 'node:fs/promises';
import type { ObjectBody } from '@auraimage/ports';

/** What libvips reads: a path, which it maps or streams by itself, or bytes. */
export type Input = string | Uint8Array;

/**
 * Finds the cheapest way to an object's bytes. Rejects where the machine fails: a missing file, a
 * stream that breaks or is not as long as the body says.
 */
export async function inputOf(body: ObjectBody): Promise<Input> {
  if (body.bytes !== undefined) return body.bytes;
  if (body.file !== undefined && (await isWhole(body.file))) return body.file.path;
  return collect(body);
}

async function isWhole({ path, start, length }: NonNullable<ObjectBody['file']>): Promise<boolean> {
  const { size } = await stat(path);
  return start === 0 && length === size;
}

async function collect(body: ObjectBody): Promise<Uint8Array> {
  const bytes = new Uint8Array(body.length);
  let at = 0;
  for await (const chunk of body.stream()) {
    if (at + chunk.length > bytes.length) throw new Error('The object is longer than it should be');
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < bytes.length) throw new Error('The object is shorter than it should be');
  return bytes;
}

/** For what libvips does not read itself. */
export async function bytesOf(input: Input): Promise<Uint8Array> {
  return typeof input === 'string' ? readFile(input) : input;
}
