import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig } from '../config/config.js';
import { createMetrics } from './metrics.js';
import { createOtelTracer } from './otel.js';
import type { Tracer } from './tracer.js';

const SAMPLED = '00-11111111111111111111111111111111-2222222222222222-01';
const NOT_SAMPLED = SAMPLED.replace(/01$/, '00');

let tracer: Tracer | undefined;
afterEach(() => tracer?.stop());

/** Whether a request is traced with these variables. */
function isTraced(variables: Readonly<Record<string, string>>, traceparent?: string): boolean {
  const otlpEndpoint = 'http://127.0.0.1:9'; // nothing is sent before the end
  const config = readConfig({ AURA_TRUSTED_PROXIES: '192.0.2.1', ...variables });
  tracer = createOtelTracer(
    { ...config, otlpEndpoint },
    createMetrics(),
    pino({ level: 'silent' }),
  );
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: '192.0.2.1' });
  const incoming = new IncomingMessage(socket);
  incoming.url = '/';
  if (traceparent !== undefined) incoming.headers['traceparent'] = traceparent;
  const outgoing = new ServerResponse(incoming);
  return tracer.begin({ incoming, outgoing }).traceId !== undefined;
}

describe('OTEL_TRACES_SAMPLER', () => {
  it.each([
    [undefined, undefined, true],
    [undefined, '0', true], // an argument without a sampler has no effect
    ['always_on', '0', true],
    ['always_off', '1', false],
    ['traceidratio', '0', false],
    ['traceidratio', undefined, true],
    ['parentbased_always_on', '0', true],
    ['parentbased_always_off', undefined, false],
    ['parentbased_traceidratio', '0', false],
    ['parentbased_traceidratio', '1', true],
  ])('%s with the argument %s: %s', (sampler, argument, traced) => {
    const variables = {
      ...(sampler && { OTEL_TRACES_SAMPLER: sampler }),
      ...(argument && { OTEL_TRACES_SAMPLER_ARG: argument }),
    };
    expect(isTraced(variables)).toBe(traced);
  });

  it.each([
    [undefined, NOT_SAMPLED, false],
    ['parentbased_always_off', SAMPLED, true],
    ['always_on', NOT_SAMPLED, true],
    ['always_off', SAMPLED, false],
  ])('%s with a trusted proxy that sends %s: %s', (sampler, parent, traced) => {
    expect(isTraced({ ...(sampler && { OTEL_TRACES_SAMPLER: sampler }) }, parent)).toBe(traced);
  });
});
