import { ApiError } from '@auraimage/http';
import type { ObjectDraft } from '@auraimage/ports';
import { isTypeAllowed, type MasterType, sniffMasterType } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { bodyDeadline } from './deadline.js';

/** Bytes that the form around the file may take: part headers, the file's name, boundaries. */
const FORM_ALLOWANCE_BYTES = 64 * 1024;
/** Enough of a file to tell its type. */
const HEAD_BYTES = 64;

export interface ReceiveRules {
  /** Most bytes of the file. */
  readonly maxBytes: number;
  readonly allowedTypes: readonly string[];
}

export interface Received {
  readonly filename: string;
  readonly type: MasterType;
}

/** Refuses by `Content-Length` alone, before a byte is read (413). */
export function checkDeclaredLength(headers: Headers, maxBytes: number): void {
  const declared = Number(headers.get('content-length') ?? 0);
  if (declared > maxBytes + FORM_ALLOWANCE_BYTES) throw tooLarge(maxBytes);
}

/**
 * Spools the file into the draft as it arrives. Its first bytes decide on its type before anything is
 * written (415); its size is counted on the way (413).
 */
export async function receive(
  receiver: EdgePorts['receiver'],
  request: Request,
  draft: ObjectDraft,
  { maxBytes, allowedTypes }: ReceiveRules,
  timeouts: Pick<EdgeOptions, 'bodyIdleMs' | 'bodyTotalMs'>,
): Promise<Received> {
  const deadline = bodyDeadline(request.signal, timeouts);
  let head: Uint8Array = new Uint8Array(0);
  let type: MasterType | null = null;

  const onChunk = async (chunk: Uint8Array): Promise<void> => {
    deadline.touch();
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
  } finally {
    deadline.clear();
  }
}

function allowedType(head: Uint8Array, allowedTypes: readonly string[]): MasterType {
  const type = sniffMasterType(head);
  if (type !== null && isTypeAllowed(type, allowedTypes)) return type;
  const allowed = allowedTypes.join(', ');
  const message =
    type === null
      ? 'The file is not a JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF or BMP image'
      : `The file is ${type}; the token allows ${allowed}`;
  throw new ApiError('type_not_allowed', { message });
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'body_too_large';
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
