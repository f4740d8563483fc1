import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import { createIsProxy } from '../config/trusted-proxies.js';
import { readVersion } from '../config/version.js';
import type { Metrics } from './metrics.js';
import type { RequestSpan, SpanAttributes, TraceConfig, Tracer } from './tracer.js';

/** Longest wait for the collector at shutdown, in milliseconds. */
const STOP_MS = 2000;
/** Probes of load balancers and monitors are not traced. */
const STATUS = /^\/(?:health|ready|metrics)(?:\?|$)/;

/**
 * Traces with the OpenTelemetry SDK, exported in batches from a bounded queue: while the collector is
 * unavailable, spans are lost and requests are not delayed. Nothing is registered globally. The SDK itself reads the
 * variables of OpenTelemetry that name the service and describe the collector.
 */
export function createOtelTracer(
  config: TraceConfig & { readonly otlpEndpoint: string },
  metrics: Metrics,
  logger: Logger,
): Tracer {
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': 'auraimage',
      'service.version': readVersion(),
      'service.instance.id': randomUUID(),
      'process.pid': process.pid,
    }).merge(detectResources({ detectors: [envDetector] })),
    sampler: samplerOf(config),
    spanProcessors: [new BatchSpanProcessor({ exporter: createExporter(config, metrics, logger) })],
  });
  const tracer = provider.getTracer('auraimage');
  const parentOf = createParentOf(config.trustedProxies);
  const current = new AsyncLocalStorage<Context | undefined>();

  const untraced: RequestSpan = {
    traceId: undefined,
    // The context may still be that of the previous request on the same connection.
    within: (work) => (current.getStore() === undefined ? work() : current.run(undefined, work)),
    end() {},
  };

  const begin: Tracer['begin'] = ({ incoming }) => {
    if (STATUS.test(incoming.url ?? '')) return untraced;
    const parent = parentOf(incoming);
    const options = { kind: SpanKind.SERVER, startTime: timeAt(performance.now()) };
    const span = tracer.startSpan('request', options, parent);
    if (!span.isRecording()) return untraced;
    const context = trace.setSpan(parent, span);
    return {
      traceId: span.spanContext().traceId,
      within: (work) => current.run(context, work),
      end(facts, failed) {
        span.updateName(`${facts['http.request.method']} ${facts['http.route']}`);
        finish(span, facts, failed, performance.now());
      },
    };
  };

  return {
    begin,
    step(name, work) {
      const parent = current.getStore();
      if (parent === undefined) return work();
      const span = tracer.startSpan(name, { startTime: timeAt(performance.now()) }, parent);
      return current.run(trace.setSpan(parent, span), () => {
        const end = (facts: SpanAttributes) => finish(span, facts, false, performance.now());
        try {
          const result = work();
          if (result instanceof Promise) {
            result.then(
              () => end({}),
              (error: unknown) => end({ 'error.type': typeOf(error) }),
            );
          } else {
            end({});
          }
          return result;
        } catch (error) {
          end({ 'error.type': typeOf(error) });
          throw error;
        }
      });
    },
    record(name, began, facts = {}, failed = false, ended = performance.now()) {
      const parent = current.getStore();
      if (parent === undefined) return;
      finish(tracer.startSpan(name, { startTime: timeAt(began) }, parent), facts, failed, ended);
    },
    async stop() {
      const ended = new AbortController();
      const late = sleep(STOP_MS, undefined, { signal: ended.signal }).catch(() => {});
      await Promise.race([provider.shutdown().catch(() => {}), late]);
      ended.abort();
    },
  };
}

/** The sampler that the OpenTelemetry variables ask for. The ratio is the argument of two of them only. */
function samplerOf({ traceSampler, traceRatio }: TraceConfig): Sampler {
  const [, isParentBased, kind] = /^(parentbased_)?(.+)$/.exec(traceSampler) ?? [];
  const ratios: Readonly<Record<string, number>> = {
    always_on: 1,
    always_off: 0,
    traceidratio: traceRatio,
  };
  const root = new TraceIdRatioBasedSampler(ratios[kind ?? '']);
  return isParentBased ? new ParentBasedSampler({ root }) : root;
}

/**
 * The trace context that a request belongs to (W3C Trace Context). Anyone could send this header, so it is
 * trusted only from a trusted proxy.
 */
function createParentOf(trustedProxies: readonly string[]): (incoming: IncomingMessage) => Context {
  const isProxy = createIsProxy(trustedProxies);
  const propagator = new W3CTraceContextPropagator();
  return (incoming) =>
    isProxy(incoming.socket.remoteAddress)
      ? propagator.extract(ROOT_CONTEXT, incoming.headers, defaultTextMapGetter)
      : ROOT_CONTEXT;
}

/** Only the type of an error: its message could contain anything. */
function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function finish(span: Span, facts: SpanAttributes, failed: boolean, ended: number): void {
  for (const [name, value] of Object.entries(facts)) {
    if (value !== undefined) span.setAttribute(name, value);
  }
  if (failed) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(timeAt(ended));
}

/** Converts a `performance.now()` to Unix milliseconds. */
function timeAt(now: number): number {
  return performance.timeOrigin + now;
}

/** Minimum interval between warnings about the collector, in milliseconds. */
const WARN_MS = 60_000;

/** Exports spans to the collector; counts and logs failures. */
function createExporter(
  { otlpEndpoint }: { readonly otlpEndpoint: string },
  metrics: Metrics,
  logger: Logger,
): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${otlpEndpoint}/v1/traces`,
    concurrencyLimit: 4,
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        // 0 is success: the enum is in another library.
        metrics.traceExports.inc({ outcome: result.code === 0 ? 'ok' : 'failed' });
        if (result.code !== 0 && performance.now() - warnedAt > WARN_MS) {
          warnedAt = performance.now();
          const { error: err } = result;
          logger.warn({ err }, 'trace export failed: spans are lost');
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
