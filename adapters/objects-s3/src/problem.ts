import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { S3Failure } from './failure.js';

const FULL = new Set(['QuotaExceeded', 'StorageFull', 'XMinioStorageFull', 'InsufficientStorage']);

/** Sentences for whoever runs the server. They may be shown to anyone: no names, no addresses. */
const SENTENCES = {
  InvalidAccessKeyId:
    'The object store does not know the access key: set AWS_ACCESS_KEY_ID to one that it knows',
  SignatureDoesNotMatch:
    'The object store refuses the signature: set AWS_SECRET_ACCESS_KEY to the secret of AWS_ACCESS_KEY_ID',
  InvalidToken:
    'The object store refuses the session token: set AWS_SESSION_TOKEN to the one that came with the key, or leave it out',
  ExpiredToken: 'The session token has expired: set new AWS_* variables',
  AccessDenied:
    'The object store denies access: let the key list, read, write and delete in the bucket of AURA_STORAGE',
  NoSuchBucket:
    'The bucket of AURA_STORAGE does not exist: make it, or add create=true to have it made',
  BucketAlreadyExists:
    'The bucket of AURA_STORAGE belongs to somebody else: choose another name for it',
  AuthorizationHeaderMalformed: 'The region is wrong: set region in AURA_STORAGE to the bucket’s',
  refused: 'Nothing listens at the endpoint of AURA_STORAGE: start the object store, or correct it',
  timeout:
    'The object store does not answer in time: see that it is up and that endpoint in AURA_STORAGE is right',
  broken: 'The object store breaks off its answers: see that it is up, and what lies in between',
  unknown_host: 'The host name of the endpoint in AURA_STORAGE is not known: correct it',
  certificate:
    'The certificate of the endpoint in AURA_STORAGE is not trusted: name its authority in NODE_EXTRA_CA_CERTS',
  not_tls: 'The endpoint of AURA_STORAGE does not speak TLS: begin it with http://, or mend it',
  NotS3: 'The endpoint of AURA_STORAGE does not answer as an S3 store does: correct it',
  WrongRange: 'The object store has less of an object than was stored, or knows no ranges',
  corrupt: 'The object store gave bytes that are not those that were stored',
} as const satisfies Readonly<Record<string, string>>;
const WRONG_REGION = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'InvalidLocationConstraint',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

/** Runs work against the store; what it fails with becomes an error of the port. */
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
    return `The clock of this machine is not the object store’s${by}: set both by NTP`;
  }
  if (WRONG_REGION.has(code) && region !== undefined) {
    return `The bucket is in another region: set region=${region} in AURA_STORAGE`;
  }
  const name = nameOf(failure);
  return name === null
    ? `The object store cannot do its work now (${status ?? code})`
    : SENTENCES[name];
}

function nameOf({ code, status = 0 }: S3Failure): keyof typeof SENTENCES | null {
  if (isName(code)) return code;
  if (WRONG_REGION.has(code)) return 'AuthorizationHeaderMalformed';
  if (status === 401 || status === 403) return 'AccessDenied';
  // No code of S3's came with it.
  return code === `status_${status}` && status < 500 ? 'NotS3' : null;
}

function isName(code: string): code is keyof typeof SENTENCES {
  return Object.hasOwn(SENTENCES, code);
}
