import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import type { TraceConfig } from './tracer.js';

/** How often the log says that the collector is away. */
const WARN_MS = 60_000;

/** Sends spans to the collector, and tells how that goes. */
export function createExporter(
  { otlpEndpoint, otlpHeaders = {} }: TraceConfig & { readonly otlpEndpoint: string },
  metrics: Metrics,
  logger: Logger,
): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${otlpEndpoint}/v1/traces`,
    headers: otlpHeaders,
    concurrencyLimit: 4,
  });
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        // 0 is a success: the enumeration itself is in another library.
        metrics.traceExports.inc({ outcome: result.code === 0 ? 'ok' : 'failed' });
        if (result.code !== 0 && performance.now() - warnedAt > WARN_MS) {
          warnedAt = performance.now();
          const { error: err } = result;
          logger.warn({ err }, 'traces are lost: the collector does not take them');
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
