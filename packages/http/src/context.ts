import type { ReadBatch } from '@auraimage/ports';
import type { ErrorCode, ReadRefusal } from '@auraimage/protocol';
import { ApiError } from './api-error.js';

/** A virtual host: `cdn` for images and uploads, `app` for dashboard and API, `unknown` for any other name. */
export type Host = 'cdn' | 'app' | 'unknown';

/** Facts about a request, for log, metrics and usage. Never a token or a secret. */
export interface RequestFacts {
  /** The route's path pattern, such as `/v1/projects/{project}`. As a metrics label it has bounded values. */
  route?: string;
  project?: string;
  /** Id of the secret key that signed the token or authenticated the request. */
  secretKeyId?: string;
  /** Code of an error response. */
  code?: ErrorCode;
  /** Cause of a 5xx, or of a failure after the change was committed. */
  failure?: unknown;
  /** True for a read of an image or its blurhash. */
  isRead?: true;
  refusal?: ReadRefusal;
  cache?: 'HIT' | 'MISS' | 'BYPASS';
  /** Bytes of the response body of a read. */
  bodyBytes?: number;
  /** True for a read of a private image without a token in its query: its cookies are looked at. */
  usesCookies?: true;
  /** True for a private read whose token is signed with the previous serve secret. */
  previousSecret?: true;
  /** Claim `sub` of the token that granted a private read. For usage only: never in the log or in metrics. */
  recipient?: string;
  /** Key of the image that a read was allowed to see. For usage only. */
  image?: string;
  /** Name of the preset that made what a read was sent. For usage only. */
  preset?: string;
  /** Project that a read named, which may not exist, when there was no image. For usage only. */
  notFoundIn?: string;
  /** Milliseconds of image processing that were charged to this request. */
  encodeMs?: number;
  /** Bytes of the uploaded master. */
  uploadedBytes?: number;
  /** What a page measured. Never in the log: only sums of many pages are kept. */
  pageLoad?: { readonly project: string; readonly lcpSeconds: number };
  /** True once an image was deleted. */
  deleted?: true;
}

/** What the host knows about one request. */
export interface RequestContext {
  /** Identifies the request in logs and in `X-Request-Id`. */
  readonly requestId: string;
  /** Network address of the client. */
  readonly client: string;
  /** The virtual host that received the request; `null` when one host serves every route. */
  readonly host: Host | null;
  /** Whether the client may read operators' endpoints, such as `/metrics`. */
  readonly isOperator: () => boolean;
  /** Whether the client has disconnected by the time of the call. */
  readonly isDisconnected: () => Promise<boolean>;
  /** Sends `100 Continue` to a client that waits for it before it sends the body. */
  readonly inviteBody?: (() => void) | undefined;
  /** The requests that arrived with this one, for hosts that handle them together. */
  readonly batch?: ReadBatch | undefined;
  /** Filled in while the request is processed. */
  readonly facts: RequestFacts;
  /** Runs a step and returns its result, for hosts that trace steps. */
  readonly step?: (<T>(name: StepName, work: () => T) => T) | undefined;
}

/** The steps of an upload and of a read. */
export type StepName =
  | 'authorize'
  | 'receive'
  | 'inspect'
  | 'store'
  | 'locate'
  | 'plan'
  | 'variant'
  | 'deliver';

/**
 * Runs a step of an upload or a read. The host traces it if it traces requests.
 *
 * @example
 * const grant = await step(context, 'authorize', () => authorize(request));
 */
export function step<T>(
  { step: run }: Pick<RequestContext, 'step'>,
  name: StepName,
  work: () => T,
): T {
  return run === undefined ? work() : run(name, work);
}

/**
 * The path and query of an absolute URL, without decoding.
 *
 * @example
 * targetOf('https://cdn.example/a%2Fb?w=1'); // '/a%2Fb?w=1'
 */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/**
 * The path of a request target, without decoding: the access check and the database must see the same text
 * that the route matched.
 *
 * @example
 * pathOf('/a%2Fb?w=1'); // '/a%2Fb'
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/**
 * The query of a request target, parsed as in the URL Standard (§4.4).
 *
 * @example
 * queryOf('/photo.jpg?w=1').get('w'); // '1'
 */
export function queryOf(target: string): URLSearchParams {
  const mark = target.indexOf('?');
  const end = target.indexOf('#');
  const isNone = mark < 0 || (end >= 0 && end < mark);
  // It removes only the first "?".
  return new URLSearchParams(isNone ? '' : target.slice(mark, end < 0 ? undefined : end));
}

/** A request as plain data, for hosts that avoid the cost of a web `Request`. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query as received: the origin form of RFC 9112 §3.2.1. */
  readonly target: string;
  /** Names are lower-case. */
  readonly headers: { get(name: string): string | null };
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
}

/**
 * Converts a web request to plain data. It has no body.
 *
 * @example
 * const result = await edge.read(plainRequestOf(request), address, context);
 */
export function plainRequestOf({ method, url, headers, signal }: Request): PlainRequest {
  return { method, target: targetOf(url), headers, signal };
}

/** Maximum length of path and query, in characters. */
const MAX_TARGET_LENGTH = 8192;

/**
 * Checks the length of path and query: at most 8,192 characters.
 *
 * @throws {ApiError} `uri_too_long`
 *
 * @example
 * checkTarget('/my-app/photo.jpg?w=400');
 */
export function checkTarget(target: string): void {
  if (target.length > MAX_TARGET_LENGTH) throw new ApiError('uri_too_long');
}
