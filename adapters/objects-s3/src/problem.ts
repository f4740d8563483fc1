import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { S3Failure } from './failure.js';

const FULL = new Set(['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'InsufficientStorage']);

/** Sentences for the operator. Others may see them too, so they contain no names and no addresses. */
const SENTENCES = {
  InvalidAccessKeyId:
    'The object store does not know the access key: set AWS_ACCESS_KEY_ID to a valid one',
  SignatureDoesNotMatch:
    'The object store rejects the signature: set AWS_SECRET_ACCESS_KEY to the secret of AWS_ACCESS_KEY_ID',
  InvalidToken:
    'The object store rejects the session token: set AWS_SESSION_TOKEN to the one issued with the key, or remove it',
  ExpiredToken: 'The session token has expired: set new AWS_* variables',
  AccessDenied:
    'The object store denies access: allow the key to list, read, write and delete in the bucket of AURA_STORAGE',
  NoSuchBucket:
    'The bucket of AURA_STORAGE does not exist: create it, or add create=true to AURA_STORAGE',
  BucketAlreadyExists: 'The bucket of AURA_STORAGE belongs to another account: choose another name',
  AuthorizationHeaderMalformed: 'The region is wrong: set region in AURA_STORAGE to the bucket’s',
  refused: 'Nothing listens at the endpoint of AURA_STORAGE: start the object store, or correct it',
  timeout:
    'The object store does not respond in time: check that it is running, and the endpoint in AURA_STORAGE',
  broken:
    'The object store closes connections before its responses are complete: check the store, and proxies in front of it',
  unknown_host: 'The host name of the endpoint in AURA_STORAGE cannot be resolved: correct it',
  certificate:
    'The certificate of the endpoint in AURA_STORAGE is not trusted: set NODE_EXTRA_CA_CERTS to the certificate of its authority',
  not_tls: 'The endpoint of AURA_STORAGE does not use TLS: start it with http://, or correct it',
  NotS3: 'The endpoint of AURA_STORAGE is not an S3 store: correct it',
  WrongRange:
    'The object store has fewer bytes of an object than were stored, or does not support ranges',
  corrupt: 'The object store returned other bytes than were stored',
} as const satisfies Readonly<Record<string, string>>;
const WRONG_REGION = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'InvalidLocationConstraint',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

/** Runs an operation on the store. Its failure becomes an error of the port. */
export async function orUnavailable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asProblem(error);
  }
}

/** An {@link S3Failure} as the port's error, with a sentence that names the setting and the fix. */
export function asProblem(error: unknown): unknown {
  if (!(error instanceof S3Failure)) return error;
  if (FULL.has(error.code) || error.status === 507) {
    return new StorageFullError('no space left in the bucket', { cause: error });
  }
  return new StorageUnavailableError(sentence(error), { cause: error });
}

function sentence(failure: S3Failure): string {
  const { code, status, region, skewMinutes } = failure;
  if (code === 'RequestTimeTooSkewed') {
    const by = skewMinutes === undefined ? '' : `, by ${skewMinutes} minutes`;
    return `The clock of this machine differs from the clock of the object store${by}: synchronize both with NTP`;
  }
  if (WRONG_REGION.has(code) && region !== undefined) {
    return `The bucket is in another region: set region=${region} in AURA_STORAGE`;
  }
  const name = nameOf(failure);
  return name === null ? `The object store is unavailable (${status ?? code})` : SENTENCES[name];
}

function nameOf({ code, status = 0 }: S3Failure): keyof typeof SENTENCES | null {
  if (isName(code)) return code;
  if (WRONG_REGION.has(code)) return 'AuthorizationHeaderMalformed';
  if (status === 401 || status === 403) return 'AccessDenied';
  // The response has no S3 error code.
  return code === `status_${status}` && status < 500 ? 'NotS3' : null;
}

function isName(code: string): code is keyof typeof SENTENCES {
  return Object.hasOwn(SENTENCES, code);
}
