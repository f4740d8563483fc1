import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@auraimage/http';
import type { Config } from '../config/config.js';
import type { Metrics } from './metrics.js';

/** A request as Node has it, with the response to it. */
export interface HttpBindings {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** What a span tells beside its name and times: never a token, a secret or a query. */
export type SpanFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** The span of one request. */
export interface RequestSpan {
  /** 32 hexadecimal digits, where the request is traced. */
  readonly traceId: string | undefined;
  /** Does the work of the request: what is noted meanwhile is part of it. */
  within<T>(work: () => T): T;
  end(facts: SpanFacts, failed: boolean): void;
}

/** Where the times of a request go, beside the metrics. */
export interface Tracer {
  /** Begins the span of a request. */
  begin(bindings: HttpBindings): RequestSpan;
  /** Runs a step of the request under way; absent: nobody traces. */
  readonly step?: RequestContext['step'];
  /**
   * Notes work that has just ended as a part of the request under way; outside of any it is nothing.
   *
   * @param began `performance.now()` at its beginning
   * @param ended `performance.now()` at its end; now, where it is left out
   */
  note(name: string, began: number, facts?: SpanFacts, failed?: boolean, ended?: number): void;
  /** Sends what is left, for a moment at most. Never rejects. */
  stop(): Promise<void>;
}

const NO_SPAN: RequestSpan = { traceId: undefined, within: (work) => work(), end() {} };

/** For servers that are not told where traces go: nothing is made, and no library loaded. */
export const NO_TRACES: Tracer = {
  begin: () => NO_SPAN,
  note() {},
  stop: async () => {},
};

/** The settings that say where traces go, and whose word about them is taken. */
export type TraceConfig = Pick<
  Config,
  'otlpEndpoint' | 'otlpHeaders' | 'serviceName' | 'traceRatio' | 'trustedProxies'
>;

/** What the server tells about itself while it works. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}
