import { expect } from 'vitest';
import type { LocalFile, ObjectBody } from '../index.js';

const PERIOD = 256 * 251;

/** Bytes without a period of a power of two, so that a part from a wrong position is detected. */
export function someBytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  const first = Math.min(length, PERIOD);
  for (let i = 0; i < first; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) % 251;
  // Copied, because calculating megabytes takes longer than most of what is tested with them.
  for (let at = PERIOD; at < length; at += PERIOD) bytes.copyWithin(at, 0, PERIOD);
  return bytes;
}

export function joinBytes(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

export function readStream(stream: ReadableStream<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return joinAll(stream);
}

async function joinAll(source: AsyncIterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return joinBytes(chunks);
}

/** Reads a body in every way that it supports. Each must return the expected bytes. */
export async function expectBytes(body: ObjectBody | null, expected: Uint8Array): Promise<void> {
  expect(body?.length).toBe(expected.length);
  if (body === null) return;
  expectEqual(await readStream(body.stream()), expected);
  if (body.bytes !== undefined) expectEqual(body.bytes, expected);
  if (body.chunks !== undefined) expectEqual(await joinAll(body.chunks()), expected);
  if (body.file !== undefined) {
    expect(body.file.length).toBe(expected.length);
    // Twice: the second time the bytes may come from memory.
    for (const _ of [1, 2]) await expectReadable(body.file, expected);
  }
}

async function expectReadable({ open, start, length }: LocalFile, expected: Uint8Array) {
  const file = await open?.();
  if (file === undefined) return;
  const target = new Uint8Array(length);
  await file.read(target, start);
  file.close();
  expectEqual(target, expected);
}

/** Compares in a plain loop: Vitest takes minutes for megabytes, and `findIndex` takes seven times as long as this. */
export function expectEqual(actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.length).toBe(expected.length);
  let same = 4 * sameWords(actual, expected);
  while (same < expected.length && actual[same] === expected[same]) same++;
  expect(same, 'bytes that are the same').toBe(expected.length);
}

/** The number of words of four bytes that are the same from the start; 0 where they cannot be read as words. */
function sameWords(actual: Uint8Array, expected: Uint8Array): number {
  if (actual.byteOffset % 4 !== 0 || expected.byteOffset % 4 !== 0) return 0;
  const [left, right] = [actual, expected].map(
    ({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length >> 2),
  ) as [Uint32Array, Uint32Array];
  let same = 0;
  while (same < right.length && left[same] === right[same]) same++;
  return same;
}

export async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
