import type { ErrorCode, ReadRefusal } from '@auraimage/protocol';

/** A virtual host: images and uploads (`cdn`), dashboard and API (`app`), or none that is configured. */
export type Host = 'cdn' | 'app' | 'unknown';

/** What was learnt about a request, for log, metrics and usage. Never a token or a secret. */
export interface RequestFacts {
  /** The route's path pattern, such as `/v1/projects/{project}`: as many values as there are routes. */
  route?: string;
  project?: string;
  /** Id of the secret key that signed or authorized. */
  secretKeyId?: string;
  /** The code of an error answer. */
  code?: ErrorCode;
  /** The failure behind a 5xx, or behind work that failed after the change was committed. */
  failure?: unknown;
  /** True for a read of an image or its blurhash. */
  isRead?: true;
  refusal?: ReadRefusal;
  cache?: 'HIT' | 'MISS' | 'BYPASS';
  /** Bytes of the body that a read is answered with. */
  bodyBytes?: number;
  /** True for a private read that the previous serve secret let through. */
  previousSecret?: true;
  /** Milliseconds of image work that were charged to this request. */
  encodeMs?: number;
  /** Bytes of the master that was uploaded. */
  uploadedBytes?: number;
  /** True once an image was deleted. */
  deleted?: true;
}

/** What the host says about one request. */
export interface RequestContext {
  /** Identifies the request in logs and in `X-Request-Id`. */
  readonly requestId: string;
  /** Network address of the client. */
  readonly client: string;
  /** The virtual host that the request came to; `null` where one host answers everything. */
  readonly host: Host | null;
  /** Whether the client may read what is for operators. */
  readonly isOperator: () => boolean;
  /** Whether the client had disconnected when this was called. */
  readonly isDisconnected: () => Promise<boolean>;
  /** Tells a client that waits for `100 Continue` to send its body. */
  readonly inviteBody?: (() => void) | undefined;
  /** Filled in while the request is answered. */
  readonly facts: RequestFacts;
  /** Runs a step of an answer and returns its result: for hosts that trace steps. */
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

/** Runs a step of an answer. */
export function step<T>(
  { step: run }: Pick<RequestContext, 'step'>,
  name: StepName,
  work: () => T,
): T {
  return run === undefined ? work() : run(name, work);
}

/** The path and query of an absolute URL, as they stand. */
export function targetOf(url: string): string {
  const start = url.indexOf('/', url.indexOf('://') + 3);
  return start < 0 ? '/' : url.slice(start);
}

/**
 * The path of a request target as it stands. Nothing is decoded: the text that a route matches is the text
 * that is checked and looked up.
 */
export function pathOf(target: string): string {
  const end = target.search(/[?#]/);
  return end < 0 ? target : target.slice(0, end);
}

/** The query of a request target, as the URL Standard reads it (§4.4). */
export function queryOf(target: string): URLSearchParams {
  const [text = ''] = target.split('#', 1);
  const mark = text.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : text.slice(mark)); // drops one "?", and only one
}

/** A request as plain data, for hosts that have no need of web objects. */
export interface PlainRequest {
  readonly method: string;
  /** Path and query as received: the origin form of RFC 9112 §3.2.1. */
  readonly target: string;
  /** Names are lower-case. */
  readonly headers: { get(name: string): string | null };
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
}

/** A web request as plain data. */
export function plainRequestOf({ method, url, headers, signal }: Request): PlainRequest {
  return { method, target: targetOf(url), headers, signal };
}
