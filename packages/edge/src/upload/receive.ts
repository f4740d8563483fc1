import { ApiError } from '@auraimage/http';
import { type ObjectDraft, ReceiveError } from '@auraimage/ports';
import {
  isTypeAllowed,
  type MasterType,
  nameRefusedType,
  sniffMasterType,
} from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';

/** Maximum bytes of the multipart form without the file: part headers, the file name, boundaries. */
const FORM_ALLOWANCE_BYTES = 64 * 1024;
/** The first bytes of a file that `sniffMasterType` needs. */
const HEAD_BYTES = 64;

export interface ReceiveRules {
  /** Maximum bytes of the file. */
  readonly maxBytes: number;
  readonly allowedTypes: readonly string[];
}

export interface Received {
  readonly filename: string;
  readonly type: MasterType;
}

/**
 * Checks `Content-Length` before the body is read.
 *
 * @throws {ApiError} `body_too_large`
 */
export function checkDeclaredLength(headers: Headers, maxBytes: number): void {
  const declared = Number(headers.get('content-length') ?? 0);
  if (declared > maxBytes + FORM_ALLOWANCE_BYTES) throw tooLarge(maxBytes);
}

/**
 * Streams the file of a multipart body to the draft. Its type is detected from its first bytes, before anything
 * is written (415), and its size is counted (413).
 *
 * @throws {ApiError} `type_not_allowed`, `body_too_large`
 * @throws {ReceiveError} for a malformed, incomplete or late body
 */
export async function receive(
  receiver: EdgePorts['receiver'],
  request: Request,
  draft: ObjectDraft,
  { maxBytes, allowedTypes }: ReceiveRules,
  deadline: Pick<BodyDeadline, 'signal' | 'touch'>,
): Promise<Received> {
  let head: Uint8Array = new Uint8Array(0);
  let type: MasterType | null = null;

  const onChunk = async (chunk: Uint8Array): Promise<void> => {
    deadline.touch(chunk.length);
    if (type === null) {
      head = concat(head, chunk);
      if (head.length < HEAD_BYTES) return;
      type = allowedType(head, allowedTypes);
      await draft.write(head);
    } else {
      await draft.write(chunk);
    }
  };

  try {
    const limits = { maxFileBytes: maxBytes, signal: deadline.signal };
    const { filename } = await receiver.receive(request, limits, onChunk);
    if (type === null) {
      type = allowedType(head, allowedTypes);
      await draft.write(head);
    }
    return { filename, type };
  } catch (error) {
    throw isTooLarge(error) ? tooLarge(maxBytes) : error;
  }
}

function allowedType(head: Uint8Array, allowedTypes: readonly string[]): MasterType {
  const type = sniffMasterType(head);
  if (type !== null && isTypeAllowed(type, allowedTypes)) return type;
  const refused = nameRefusedType(head);
  const message =
    type !== null
      ? `The file is ${type}; the token allows ${allowedTypes.join(', ')}`
      : refused === null
        ? 'The file is not a JPEG, PNG, GIF, WebP, AVIF, HEIC, JPEG XL, TIFF or BMP image'
        : REFUSALS[refused];
  throw new ApiError('type_not_allowed', { message });
}

const REFUSALS = {
  SVG: 'SVG is not accepted, because it can contain scripts. Convert the file to PNG or WebP',
  ICO: 'ICO is not accepted. Convert the file to PNG or WebP',
} as const;

function isTooLarge(error: unknown): boolean {
  return error instanceof ReceiveError && error.code === 'body_too_large';
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('body_too_large', {
    message: `The file is larger than the ${maxBytes} bytes allowed`,
  });
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

/** Bytes a second that a body must bring, averaged over {@link RATE_STEPS} steps: 4 KB. */
const MIN_BYTES_PER_SECOND = 4 * 1024;
/** Interval at which the rate is measured, in milliseconds. */
const RATE_STEP_MS = 5000;
/** The rate is averaged over this number of intervals: 30 seconds. */
const RATE_STEPS = 6;

export interface BodyDeadline {
  /** Aborts when the body is idle for too long, too slow, takes too long in all, or the client disconnects. */
  readonly signal: AbortSignal;
  /** Restarts the idle timeout, and counts bytes of the file. */
  touch(bytes: number): void;
  /** Bytes a second in the last 30 seconds; infinite during the first five, before it was measured. */
  rate(): number;
  /** Whether the rate is below the minimum, which ends the body after 30 seconds. */
  isTooSlow(): boolean;
  /** Aborts with an error. */
  end(error: unknown): void;
  /** Stops all timeouts. */
  clear(): void;
}

/** Bounds the time of one body, so that a slow or silent client cannot hold an upload slot. */
export function bodyDeadline(
  client: AbortSignal,
  { bodyIdleMs, bodyTotalMs }: Pick<EdgeOptions, 'bodyIdleMs' | 'bodyTotalMs'>,
): BodyDeadline {
  const controller = new AbortController();
  const end = (error: unknown) => controller.abort(error);
  const timeOut = () => end(new ReceiveError('body_timeout'));
  const disconnect = () => end(new ReceiveError('body_incomplete'));
  const total = setTimeout(timeOut, bodyTotalMs);
  let idle = setTimeout(timeOut, bodyIdleMs);
  /** Bytes of the last intervals. */
  const steps: number[] = [];
  let bytesOfStep = 0;
  const rate = () => {
    if (steps.length === 0) return Number.POSITIVE_INFINITY;
    const bytes = steps.reduce((sum, step) => sum + step, 0);
    return (bytes / (steps.length * RATE_STEP_MS)) * 1000;
  };
  const isTooSlow = () => rate() < MIN_BYTES_PER_SECOND;
  const measuring = setInterval(() => {
    steps.push(bytesOfStep);
    bytesOfStep = 0;
    if (steps.length > RATE_STEPS) steps.shift();
    if (steps.length === RATE_STEPS && isTooSlow()) end(new ReceiveError('body_too_slow'));
  }, RATE_STEP_MS);
  if (client.aborted) disconnect();
  client.addEventListener('abort', disconnect);
  return {
    signal: controller.signal,
    touch(bytes) {
      bytesOfStep += bytes;
      clearTimeout(idle);
      idle = setTimeout(timeOut, bodyIdleMs);
    },
    rate,
    isTooSlow,
    end,
    clear() {
      clearTimeout(total);
      clearTimeout(idle);
      clearInterval(measuring);
      client.removeEventListener('abort', disconnect);
    },
  };
}
