import { readFile, stat } from 'node:fs/promises';
import type { FocusKind, ObjectBody, RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';

/** Limits of a file. */
export interface Limits {
  /** Most pixels of all frames together. */
  readonly maxPixels: number;
  readonly maxFrames: number;
}

/** A task that the server sends to a child process. */
export type Task =
  | {
      readonly name: 'inspect';
      readonly input: Input;
      readonly type: MasterType;
      readonly limits: Limits;
    }
  | {
      readonly name: 'render';
      readonly input: Input;
      readonly job: RenderJob;
      readonly limits: Limits;
    }
  | {
      readonly name: 'focus';
      readonly input: Input;
      readonly type: MasterType;
      readonly kind: FocusKind;
    };

/** Input of libvips: a path, which it maps or streams itself, or bytes. */
export type Input = string | Uint8Array;

/**
 * Returns an object's path where there is one, else its bytes. Rejects when the file is missing, the stream
 * fails, or the stream does not have the length of the body.
 */
export async function inputOf(body: ObjectBody): Promise<Input> {
  if (body.bytes !== undefined) return body.bytes;
  if (body.file !== undefined && (await isWholeFile(body.file))) return body.file.path;
  return readAll(body);
}

async function isWholeFile({
  path,
  start,
  length,
}: NonNullable<ObjectBody['file']>): Promise<boolean> {
  const { size } = await stat(path);
  return start === 0 && length === size;
}

async function readAll(body: ObjectBody): Promise<Uint8Array> {
  const bytes = new Uint8Array(body.length);
  let at = 0;
  for await (const chunk of body.stream()) {
    if (at + chunk.length > bytes.length)
      throw new Error('the object is longer than its record says');
    bytes.set(chunk, at);
    at += chunk.length;
  }
  if (at < bytes.length) throw new Error('the object is shorter than its record says');
  return bytes;
}

/** For types that libvips does not read. */
export async function bytesOf(input: Input): Promise<Uint8Array> {
  return typeof input === 'string' ? readFile(input) : input;
}
