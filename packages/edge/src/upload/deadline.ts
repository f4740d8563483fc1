import { ReceiveError } from '@auraimage/ports';
import type { EdgeOptions } from '../options.js';

export interface BodyDeadline {
  /** Aborts when the body stalls, takes too long, or its client goes away. */
  readonly signal: AbortSignal;
  /** Bytes have arrived. */
  touch(): void;
  /** Ends the watch. */
  clear(): void;
}

/** Watches over one body, so that a slow or silent sender cannot hold its place for ever. */
export function bodyDeadline(
  client: AbortSignal,
  { bodyIdleMs, bodyTotalMs }: Pick<EdgeOptions, 'bodyIdleMs' | 'bodyTotalMs'>,
): BodyDeadline {
  const controller = new AbortController();
  const late = () => controller.abort(new ReceiveError('body_timeout'));
  const gone = () => controller.abort(new ReceiveError('body_incomplete'));
  const total = setTimeout(late, bodyTotalMs);
  let idle = setTimeout(late, bodyIdleMs);
  if (client.aborted) gone();
  client.addEventListener('abort', gone);
  return {
    signal: controller.signal,
    touch() {
      clearTimeout(idle);
      idle = setTimeout(late, bodyIdleMs);
    },
    clear() {
      clearTimeout(total);
      clearTimeout(idle);
      client.removeEventListener('abort', gone);
    },
  };
}
