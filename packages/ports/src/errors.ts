import { CodedError } from '@auraimage/protocol';
import type { ObjectFacts } from './object-maintenance.js';

/** Thrown when a disk, bucket or database has no space left. */
export class StorageFullError extends CodedError {
  override readonly name = 'StorageFullError';
  constructor(message?: string, options?: ErrorOptions) {
    super('storage_full', message, options);
  }
}

/** Thrown when a store or database does not answer, or refuses this server. */
export class StorageUnavailableError extends CodedError {
  override readonly name = 'StorageUnavailableError';
  /** @param message for the operator; public, because `/ready` shows it: no secret, host or user */
  constructor(message: string, options?: ErrorOptions) {
    super('storage_unavailable', message, { ...options, retryAfterSeconds: 5 });
  }
}

/**
 * Whether a store or database could not be written to, or not be reached: what can be done without the change, goes on.
 *
 * @example
 * if (!isStorageFailure(error)) throw error;
 */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof StorageFullError || error instanceof StorageUnavailableError;
}

/** Thrown for a cursor that is not from an earlier page of the same list. */
export class InvalidCursorError extends CodedError {
  override readonly name = 'InvalidCursorError';
  constructor() {
    super('page_malformed');
  }
}

/** Thrown by the image engine when its queue is full or it is closed. */
export class EngineBusyError extends CodedError {
  override readonly name = 'EngineBusyError';
  constructor(message?: string) {
    super('engine_busy', message, { retryAfterSeconds: 2 });
  }
}

/** Thrown for a password that is not checked, because too many others wait. */
export class PasswordQueueFullError extends CodedError {
  override readonly name = 'PasswordQueueFullError';
  constructor() {
    super('sign_in_busy', undefined, { retryAfterSeconds: 2 });
  }
}

/** The codes of a {@link ReceiveError}. */
export type ReceiveErrorCode =
  | 'multipart_required'
  | 'multipart_malformed'
  | 'file_missing'
  | 'file_repeated'
  | 'body_too_large'
  | 'body_incomplete'
  | 'body_timeout'
  | 'body_too_slow';

/** Thrown by an upload receiver for an invalid or incomplete body. */
export class ReceiveError extends CodedError {
  override readonly name = 'ReceiveError';
  declare readonly code: ReceiveErrorCode;
  constructor(code: ReceiveErrorCode) {
    super(code);
  }
}

/** Thrown by {@link ObjectImport.put} for bytes that do not match their size or SHA-256. */
export class ObjectMismatchError extends Error {
  override readonly name = 'ObjectMismatchError';
  constructor(expected: ObjectFacts, found: ObjectFacts) {
    super(
      `the bytes are not those that were uploaded: ${found.size} bytes with SHA-256 ${found.sha256}, not ${expected.size} with ${expected.sha256}`,
    );
  }
}
