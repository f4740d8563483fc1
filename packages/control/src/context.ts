import type { ErrorCode } from '@auraimage/protocol';
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';

/** What was learnt about a request on its way, for the host's log and metrics. Never a token or secret. */
export interface ControlFacts {
  /** The route's pattern, such as `/v1/projects/:project`: as many as there are routes. */
  route?: string;
  project?: string;
  /** Id of the secret key that authorized. */
  secretKeyId?: string;
  /** The code of an error answer. */
  code?: ErrorCode;
  /** The failure behind a 5xx. */
  failure?: unknown;
}

/** What the host tells the control plane about one request. */
export interface ControlEnv {
  /** Identifies the request in logs and in `X-Request-Id`. */
  readonly requestId: string;
  /** Network address of the client. */
  readonly client: string;
  /** Filled in by the control plane while it answers. */
  readonly facts: ControlFacts;
}

/** How a control plane is set up. Addresses are without a trailing slash. */
export interface ControlOptions {
  /** Where pictures are read: begins every signed URL. */
  readonly publicUrl: string;
  /** Where the dashboard and this API are reached; the origin that cookies are accepted from. */
  readonly appUrl: string;
  /** The product's version, for the API's description. */
  readonly version: string;
  /** Told of failures that no request is answered with: the host's log. */
  readonly onFailure: (failure: unknown) => void;
}

export type ControlApp = OpenAPIHono<{ Bindings: ControlEnv }>;
export type ControlContext = Context<{ Bindings: ControlEnv }>;
