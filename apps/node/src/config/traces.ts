import { z } from 'zod';
import { baseUrl, headerFields, share, variable } from './values.js';

/** Where traces go. The names are OpenTelemetry's own. */
export const TRACES = {
  otlpEndpoint: variable(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    baseUrl.optional(),
    undefined,
    'Where traces go: a collector that takes OTLP over HTTP as JSON, such as http://127.0.0.1:4318; default: nothing is traced',
  ),
  otlpHeaders: variable(
    'OTEL_EXPORTER_OTLP_HEADERS',
    headerFields.optional(),
    undefined,
    'Header fields for the collector, as name=value with commas between them and values percent-encoded',
  ),
  serviceName: variable(
    'OTEL_SERVICE_NAME',
    z.string().min(1).max(200),
    'auraimage',
    'What traces call this server',
  ),
  traceShare: variable(
    'OTEL_TRACES_SAMPLER_ARG',
    share,
    '1',
    'Share of the requests that are traced, 0 to 1; where a trusted proxy says so, its word counts',
  ),
} as const;
