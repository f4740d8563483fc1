import { ReceiveError, type UploadReceiver } from '@auraimage/ports';
import type { Telemetry } from './telemetry.js';

/** A receiver of uploads whose time is taken: how long it takes is mostly up to the client. */
export function observeReceiver(
  { receive }: UploadReceiver,
  { metrics, tracer }: Telemetry,
): UploadReceiver {
  return {
    async receive(request, limits, onChunk) {
      const began = performance.now();
      let outcome = 'failed';
      try {
        const received = await receive(request, limits, onChunk);
        outcome = 'ok';
        return received;
      } catch (error) {
        if (isRefusal(error)) outcome = 'refused';
        throw error;
      } finally {
        const ended = performance.now();
        metrics.receiveSeconds.observe({ outcome }, (ended - began) / 1000);
        tracer.note('upload body', began, { 'aura.outcome': outcome }, outcome === 'failed', ended);
      }
    },
  };
}

/** What is wrong with the body or its file; a store that is full or away is a failure. */
function isRefusal(error: unknown): boolean {
  return error instanceof ReceiveError || (error instanceof Error && error.name === 'EdgeError');
}
