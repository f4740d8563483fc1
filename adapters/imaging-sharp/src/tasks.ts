import { readFile, stat } from 'node:fs/promises';
import type { FocusKind, LocalFile, ObjectBody, RenderJob } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';

/** Limits of a file. */
export interface Limits {
  /** Most pixels of a picture, or of one frame of an animation. */
  readonly maxPixels: number;
  /** Most pixels of all frames of an animation together. */
  readonly maxAnimationPixels: number;
  readonly maxFrames: number;
}

/** A task that the server sends to a child process. */
export type Task =
  | {
      readonly name: 'inspect';
      readonly input: Input;
      /** Whether the input must be bytes. */
      readonly inBytes: boolean;
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
      readonly name: 'metadata';
      readonly input: Input;
      /** Whether the input must be bytes. */
      readonly inBytes: true;
      readonly type: MasterType;
    }
  | {
      readonly name: 'focus';
      readonly input: Input;
      readonly type: MasterType;
      readonly kind: FocusKind;
    };

/** Answer to an inspection that has to read the file itself, and got a path. */
export const NEEDS_BYTES = 'needs_bytes';

/** Types that decoders in WebAssembly read, or whose frames or marks of colour JavaScript reads. */
const TYPES_AS_BYTES: ReadonlySet<MasterType> = new Set([
  'image/heic',
  'image/jxl',
  'image/bmp',
  'image/avif',
  'image/gif',
  'image/png',
]);

/** A path, which libvips maps or streams itself, or bytes. The JavaScript of a child can open no path. */
export type Input = string | Uint8Array;

/** @throws for a path */
export function bytesOf(input: Input): Buffer {
  if (typeof input === 'string') throw new Error('the file is not here as bytes');
  return Buffer.from(input.buffer, input.byteOffset, input.length);
}

/**
 * Returns an object's path where there is one and libvips alone reads the type, else its bytes. Rejects when the file
 * is missing, the stream fails, or the stream does not have the length of the body.
 *
 * @param inBytes never a path
 */
export async function inputOf(body: ObjectBody, type: MasterType, inBytes = false): Promise<Input> {
  if (body.bytes !== undefined) return body.bytes;
  if (body.file === undefined || !(await isWholeFile(body.file))) return readAll(body);
  return inBytes || TYPES_AS_BYTES.has(type) ? readFile(body.file.path) : body.file.path;
}

async function isWholeFile({ path, start, length }: LocalFile): Promise<boolean> {
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
