import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@auraimage/http';
import type { Config } from '../config/config.js';
import type { Metrics } from './metrics.js';

/** Node's request and response. */
export interface HttpBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Attributes of a span: never a token, a secret or a query string. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** The span of one request. */
export interface RequestSpan {
  /** 32 hexadecimal digits, if the request is traced. */
  readonly traceId: string | undefined;
  /** Handles the request: spans recorded meanwhile are its children. */
  within<T>(work: () => T): T;
  end(facts: SpanAttributes, failed: boolean): void;
}

/** Records traces. */
export interface Tracer {
  /** Starts the span of a request. */
  begin(bindings: HttpBindings): RequestSpan;
  /** Runs a step of the current request in a span; absent without traces. */
  readonly step?: RequestContext['step'];
  /**
   * Records work that has just ended as a child of the current request's span; does nothing outside of a request.
   *
   * @param began `performance.now()` at its start
   * @param ended `performance.now()` at its end; default now
   */
  record(
    name: string,
    began: number,
    facts?: SpanAttributes,
    failed?: boolean,
    ended?: number,
  ): void;
  /** Exports the remaining spans, with a timeout. Never rejects. */
  stop(): Promise<void>;
}

const NO_SPAN: RequestSpan = { traceId: undefined, within: (work) => work(), end() {} };

/** Used without an OTLP endpoint: records nothing and loads no library. */
export const NO_TRACES: Tracer = {
  begin: () => NO_SPAN,
  record() {},
  stop: async () => {},
};

/** The settings of traces, and the proxies whose trace context is trusted. */
export type TraceConfig = Pick<
  Config,
  'otlpEndpoint' | 'otlpHeaders' | 'serviceName' | 'traceRatio' | 'trustedProxies'
>;

/** Metrics and traces. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}
