import { StorageUnavailableError } from '@auraimage/ports';
import pRetry from 'p-retry';

const RETRIES = 3;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 1000;

/** Sentences for the operator, by R2's error code. Others may see them too, so they contain no names. */
const SENTENCES: Readonly<Record<number, string>> = {
  10002:
    'R2 denies access to the bucket: deploy the Worker with a binding to a bucket of its account',
  10003:
    'R2 denies access to the bucket: deploy the Worker with a binding to a bucket of its account',
  10006:
    'The bucket of the Worker’s binding does not exist: create it with `wrangler r2 bucket create`',
  10039: 'The bucket has fewer bytes of an object than were stored',
  10042: 'R2 is not enabled for the account: enable it in the dashboard of Cloudflare',
};

/** The multipart upload does not exist, was aborted or is complete. */
const UNKNOWN_UPLOAD = 10024;

/** Codes of errors that a retry does not change, beside those above: a precondition, a checksum, a size, a part. */
const LASTING = new Set([10007, 10011, 10012, 10013, UNKNOWN_UPLOAD, 10025, 10031, 10037, 100100]);

/**
 * Runs an operation on the bucket, and repeats it with exponential backoff if it fails and may succeed later.
 *
 * @param operation must be repeatable
 * @throws {StorageUnavailableError} with R2's error as its cause
 */
export function inR2<T>(operation: () => Promise<T>, retries = RETRIES): Promise<T> {
  return pRetry(operation, {
    retries,
    minTimeout: FIRST_WAIT_MS,
    maxTimeout: LONGEST_WAIT_MS,
    randomize: true,
    shouldRetry: ({ error }) => {
      const code = codeOf(error);
      return !Object.hasOwn(SENTENCES, code) && !LASTING.has(code);
    },
  }).catch((cause: unknown) => {
    const code = codeOf(cause);
    throw new StorageUnavailableError(
      SENTENCES[code] ?? `R2 is unavailable (${code || 'no response'})`,
      { cause },
    );
  });
}

/** R2 puts its code at the end of the message: https://developers.cloudflare.com/r2/api/error-codes/. 0 if there is none. */
function codeOf(error: unknown): number {
  const message = error instanceof Error ? error.message : '';
  return Number(/\((\d{5,6})\)$/.exec(message)?.[1] ?? 0);
}

/** Whether {@link inR2} rejected because R2 does not have the multipart upload, or not any more. */
export function isUnknownUpload(error: unknown): boolean {
  return error instanceof StorageUnavailableError && codeOf(error.cause) === UNKNOWN_UPLOAD;
}

export function tooShort(): StorageUnavailableError {
  return new StorageUnavailableError(SENTENCES[10039] ?? '');
}
