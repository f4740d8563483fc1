import aws4 from 'aws4';
import pRetry from 'p-retry';
import { Agent, type Dispatcher } from 'undici';
import { failureOf } from './answers.js';
import { networkFailure, S3Failure } from './failure.js';
import type { S3Location } from './location.js';
import { NOTHING, type Payload } from './payload.js';

const CONNECT_MS = 3000;
/** A kept connection is given up before most stores and proxies do it. */
const KEEP_ALIVE_MS = 4000;
const RETRIES = 4;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2000;
/** Slowest that an upload may be, in bytes a millisecond. */
const SLOWEST_UPLOAD = 256;

interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface S3Request {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Without the location's prefix; absent: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload?: Payload;
}

export interface SendOptions {
  /** Longest time in milliseconds, with every try. Default: the client's own. */
  readonly limitMs?: number;
  /** Default: 4. */
  readonly retries?: number;
}

export type S3Answer = Dispatcher.ResponseData;

/** Speaks to one bucket. */
export interface S3Client {
  readonly location: S3Location;
  /**
   * Sends a request that may be repeated, and has `read` take in the answer, a success always. Both are
   * tried again, with growing waits, as long as the failure may pass.
   *
   * @param read has to read the body to its end, or destroy it
   * @throws {S3Failure}
   */
  send<T>(
    request: S3Request,
    read: (answer: S3Answer) => Promise<T> | T,
    options?: SendOptions,
  ): Promise<T>;
  /** Requests that were sent again, since the start. */
  retries(): number;
  close(): Promise<void>;
}

export interface S3ClientOptions {
  readonly location: S3Location;
  readonly credentials: S3Credentials;
  /** Longest that the store may take to answer, retries included, in milliseconds; bytes take their time besides. */
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
      answer.body.on('error', () => {}); // told to whoever reads it; else nobody needs to know
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
      // A store that is silent is asked twice at least.
      const tryMs = retries === 0 ? allMs : allMs / 2;
      const attempt = (number: number) => {
        if (number > 1) again++;
        const leftMs = until - performance.now();
        // The pause before this try may have taken what was left.
        if (leftMs <= 0) throw new S3Failure('timeout');
        return tryOnce(request, read, Math.min(tryMs, leftMs));
      };
      return pRetry(attempt, {
        retries,
        minTimeout: FIRST_WAIT_MS,
        maxTimeout: LONGEST_WAIT_MS,
        randomize: true,
        maxRetryTime: allMs * 0.75, // what is left is for the last try
        shouldRetry: ({ error }) => error instanceof S3Failure && error.isPassing,
      });
    },
    retries: () => again,
    close: () => agent.destroy(),
  };
}

/** Amazon has a host for each bucket; elsewhere the bucket is the first part of the path. */
function addressOf({ bucket, endpoint, region }: S3Location) {
  if (endpoint !== undefined) {
    const { origin, host, pathname } = new URL(endpoint);
    return { origin, host, path: `${pathname === '/' ? '' : pathname}/${bucket}` };
  }
  const amazon = `s3.${region}.amazonaws.com`;
  // A certificate for *.s3… is not one for a name with a dot before that.
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
