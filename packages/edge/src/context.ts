import type { ErrorCode } from '@auraimage/protocol';
import type { Context } from 'hono';
import type { Actor } from './ports.js';
import type { ReadRefusal } from './serve/authorize.js';

/** What was learnt about a request on its way, for the host's log and metrics. Never a token or secret. */
export interface RequestFacts {
  route?: RouteName;
  project?: string;
  /** Why a private read was refused. */
  refusal?: ReadRefusal;
  cache?: 'HIT' | 'MISS' | 'BYPASS';
  /** Bytes of the body that a read is answered with. */
  bodyBytes?: number;
  /** True for a private read that the previous serve secret let through. */
  previousSecret?: true;
  /** Bytes of the master that was uploaded. */
  uploadedBytes?: number;
  /** Time of image work that was charged to this request, in milliseconds. */
  encodeMs?: number;
  /** Id of the secret key that signed or authorized. */
  secretKeyId?: string;
  /** A change that was made, for the audit log. */
  change?: EdgeChange;
  /** The code of an error answer. */
  code?: ErrorCode;
  /** The failure behind a 5xx. */
  failure?: unknown;
}

/** A change to an image that somebody made. */
export interface EdgeChange {
  readonly actor: Actor;
  readonly action: 'image.visibility_changed' | 'image.deleted' | 'image.links_revoked';
  readonly key: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export type RouteName =
  | 'upload'
  | 'serve'
  | 'blurhash'
  | 'visibility'
  | 'delete'
  | 'list'
  | 'facts'
  | 'revoke_links'
  | 'preflight'
  | 'health'
  | 'ready'
  | 'metrics'
  | 'unknown';

/** What the host tells the edge about one request. */
export interface EdgeEnv {
  /** Identifies the request in logs and in `X-Request-Id`. */
  readonly requestId: string;
  /** Identifies the client for rate limits: its network address. */
  readonly client: string;
  /** Whether the client may see what is for operators: the metrics. */
  readonly isOperator: () => boolean;
  /** Whether the client has gone: tells of everyone who had gone when it was called. */
  readonly hasLeft: () => Promise<boolean>;
  /** Filled in by the edge while it answers. */
  readonly facts: RequestFacts;
  /** Runs each step of an answer and gives back what comes of it: for a host that looks at their times. */
  readonly step?: (<T>(name: StepName, work: () => T) => T) | undefined;
}

/** The steps of an upload and of a read, as `upload/` and `serve/` have them. */
export type StepName =
  | 'authorize'
  | 'receive'
  | 'inspect'
  | 'store'
  | 'locate'
  | 'plan'
  | 'variant'
  | 'deliver';

/** Does a step of an answer. */
export function step<T>({ step: run }: Pick<EdgeEnv, 'step'>, name: StepName, work: () => T): T {
  return run === undefined ? work() : run(name, work);
}

export type EdgeContext = Context<{ Bindings: EdgeEnv }>;
