import type { ErrorCode, ServeTokenRefusal } from '@auraimage/protocol';
import type { Context } from 'hono';

/** What was learnt about a request on its way, for the host's log and metrics. Never a token or secret. */
export interface RequestFacts {
  route?: RouteName;
  project?: string;
  /** Why a serve token was refused. */
  refusal?: ServeTokenRefusal | 'missing';
  cache?: 'HIT' | 'MISS' | 'BYPASS';
  /** The code of an error answer. */
  code?: ErrorCode;
  /** The failure behind a 5xx. */
  failure?: unknown;
}

export type RouteName =
  | 'upload'
  | 'serve'
  | 'blurhash'
  | 'visibility'
  | 'delete'
  | 'list'
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
  /** Filled in by the edge while it answers. */
  readonly facts: RequestFacts;
}

export type EdgeContext = Context<{ Bindings: EdgeEnv }>;
