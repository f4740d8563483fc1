import type { Logger } from 'pino';
import type { Metrics } from './metrics.js';
import { NO_TRACES, type TraceConfig, type Tracer } from './tracer.js';

/** Opens the way to the collector, where the settings name one. The libraries are loaded then alone. */
export async function openTracer(
  { otlpEndpoint, ...config }: TraceConfig,
  metrics: Metrics,
  logger: Logger,
): Promise<Tracer> {
  if (otlpEndpoint === undefined) return NO_TRACES;
  const { createOtelTracer } = await import('./otel.js');
  return createOtelTracer({ otlpEndpoint, ...config }, metrics, logger);
}
