import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FocusKind, LocalFile, ObjectBody, RenderJob, Watermark } from '@auraimage/ports';
import type { MasterType } from '@auraimage/protocol';

/** Limits of a file. */
export interface Limits {
  /** Most pixels of a picture, or of one frame of an animation. */
  readonly maxPixels: number;
  /** Most pixels of all frames of an animation together. */
  readonly maxAnimationPixels: number;
  readonly maxFrames: number;
}

/** A watermark, with what a child reads instead of its body. */
export interface WatermarkInput extends Omit<Watermark, 'body'> {
  readonly input: Input;
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
      readonly job: Omit<RenderJob, 'watermark'>;
      readonly watermark?: WatermarkInput;
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
    }
  | {
      readonly name: 'border';
      readonly input: Input;
      readonly type: MasterType;
      readonly tolerance: number;
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

/** A path, which libvips maps or streams itself, or bytes. */
export type Input = string | Uint8Array;

/**
 * Reads the file of a task whose type or whose `inBytes` asks for bytes. In the child: the server's memory would hold
 * every file twice.
 */
export function loadInput(task: Task): Input {
  const type = task.name === 'render' ? task.job.type : task.type;
  return loadAs(type, task.input, 'inBytes' in task && task.inBytes);
}

/** Reads a file whose type asks for bytes. */
export function loadAs(type: MasterType, input: Input, inBytes = false): Input {
  const isRead = inBytes || TYPES_AS_BYTES.has(type);
  return isRead && typeof input === 'string' ? readFileSync(input) : input;
}

/** @throws for a path */
export function bytesOf(input: Input): Buffer {
  if (typeof input === 'string') throw new Error('the file is not here as bytes');
  return Buffer.from(input.buffer, input.byteOffset, input.length);
}

/**
 * Returns an object's path where there is one that a child may read, else its bytes. Rejects when the file is missing,
 * the stream fails, or the stream does not have the length of the body.
 *
 * @param folders that children may read
 */
export async function inputOf(body: ObjectBody, folders: readonly string[]): Promise<Input> {
  const { bytes, file } = body;
  if (bytes !== undefined) return bytes;
  const isReadable = folders.some((folder) => file?.path.startsWith(join(folder, sep)));
  return file !== undefined && isReadable && (await isWholeFile(file)) ? file.path : readAll(body);
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
