import type { Metrics } from './metrics.js';
import type { Tracer } from './tracer.js';

/** What the server tells about itself while it works. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
}
