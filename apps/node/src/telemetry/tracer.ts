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
  /** Runs a step of the current request in a span. */
  readonly step: NonNullable<RequestContext['step']>;
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

/** The settings of traces, and the proxies whose trace context is trusted. */
export type TraceConfig = Pick<
  Config,
  'otlpEndpoint' | 'traceRatio' | 'traceSampler' | 'trustedProxies'
>;

/** Metrics and traces. */
export interface Telemetry {
  readonly metrics: Metrics;
  /** Absent without an OTLP endpoint. Then a request does not even build the names of its spans. */
  readonly tracer?: Tracer | undefined;
}
