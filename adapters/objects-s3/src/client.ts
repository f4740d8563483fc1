import aws4 from 'aws4';
import pRetry from 'p-retry';
import { Agent, type Dispatcher } from 'undici';
import { failureOf } from './answers.js';
import { networkFailure, S3Failure } from './failure.js';
import type { S3Location } from './location.js';
import { NOTHING, type Payload } from './payload.js';

const CONNECT_MS = 3000;
/** Closes an idle connection earlier than most stores and proxies do. */
const KEEP_ALIVE_MS = 4000;
const RETRIES = 4;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;
/** Slowest upload allowed, in bytes per millisecond. */
const SLOWEST_UPLOAD = 256;

interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Without the location's prefix; absent for the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Payload;
}

export interface SendOptions {
  /** Longest time in milliseconds, retries included. Default: that of the client. */
  readonly limitMs?: number;
  /** Default: 4. */
  readonly retries?: number;
}

export type S3Answer = Dispatcher.ResponseData;

/** Sends requests to one bucket. */
export interface S3Client {
  readonly location: S3Location;
  /**
   * Sends an idempotent request and passes its successful response to `read`. Retries both, with exponential
   * backoff, if the failure may be temporary.
   *
   * @param read must read the body to its end, or destroy it
   * @throws {S3Failure}
   */
  send<T>(
    request: S3Request,
    read: (answer: S3Answer) => Promise<T> | T,
    options?: SendOptions,
  ): Promise<T>;
  /** Number of retries since the start. */
  retries(): number;
  close(): Promise<void>;
}

export interface S3ClientOptions {
  readonly location: S3Location;
  readonly credentials: S3Credentials;
  /** Longest time until the store responds, retries included, in milliseconds. The time of the bytes is added. */
  readonly answerMs: number;
}

export function createS3Client({ location, credentials, answerMs }: S3ClientOptions): S3Client {
  const { origin, host, path: root } = addressOf(location);
  const agent = new Agent({
    connect: { timeout: Math.min(CONNECT_MS, answerMs) },
    keepAliveTimeout: KEEP_ALIVE_MS,
    bodyTimeout: answerMs,
  });

  let again = 0;
  const tryOnce = async <T>(
    { method, key, query = {}, headers = {}, payload }: S3Request,
    read: (answer: S3Answer) => Promise<T> | T,
    tryMs: number,
  ): Promise<T> => {
    const target = key === undefined ? root : `${root}/${location.prefix}${key}`;
    const signed = aws4.sign(
      {
        service: 's3',
        region: location.region,
        method,
        host,
        path: `${target || '/'}${queryOf(query)}`,
        headers: { ...headers, 'X-Amz-Content-Sha256': (payload ?? NOTHING).sha256 },
      },
      credentials,
    );
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(new S3Failure('timeout')), tryMs);
    try {
      const answer = await agent.request({
        origin,
        path: signed.path ?? target,
        method,
        headers: { ...(signed.headers as Record<string, string>), ...lengthOf(payload) },
        body: payload?.open() ?? null,
        headersTimeout: Math.min(tryMs, answerMs),
        signal: late.signal,
      });
      answer.body.on('error', () => {}); // its reader gets the error; without a reader it does not matter
      if (answer.statusCode > 299) throw await failureOf(answer);
      return await read(answer);
    } catch (error) {
      throw networkFailure(error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    location,
    send(request, read, { limitMs, retries = RETRIES } = {}) {
      const bytesMs = (request.payload?.length ?? 0) / SLOWEST_UPLOAD;
      const allMs = limitMs ?? answerMs + bytesMs;
      const until = performance.now() + allMs;
      // A store that does not respond gets at least two tries.
      const tryMs = retries === 0 ? allMs : allMs / 2;
      const attempt = (number: number) => {
        if (number > 1) again++;
        const leftMs = until - performance.now();
        // The backoff before this try may have used up the time.
        if (leftMs <= 0) throw new S3Failure('timeout');
        return tryOnce(request, read, Math.min(tryMs, leftMs));
      };
      return pRetry(attempt, {
        retries,
        minTimeout: FIRST_WAIT_MS,
        maxTimeout: LONGEST_WAIT_MS,
        randomize: true,
        maxRetryTime: allMs * 0.75, // the rest is for the last try
        shouldRetry: ({ error }) => error instanceof S3Failure && error.isPassing,
      });
    },
    retries: () => again,
    close: () => agent.destroy(),
  };
}

/** Amazon has a host for each bucket; for other stores the bucket is the first segment of the path. */
function addressOf({ bucket, endpoint, region }: S3Location) {
  if (endpoint !== undefined) {
    const { origin, host, pathname } = new URL(endpoint);
    return { origin, host, path: `${pathname === '/' ? '' : pathname}/${bucket}` };
  }
  const amazon = `s3.${region}.amazonaws.com`;
  // A wildcard certificate for *.s3… does not cover a bucket name with a dot.
  if (bucket.includes('.'))
    return { origin: `https://${amazon}`, host: amazon, path: `/${bucket}` };
  return { origin: `https://${bucket}.${amazon}`, host: `${bucket}.${amazon}`, path: '' };
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

function lengthOf(payload: Payload | undefined): Record<string, string> {
  return payload === undefined ? {} : { 'Content-Length': String(payload.length) };
}
