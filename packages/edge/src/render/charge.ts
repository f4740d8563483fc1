import { ApiError, type PlainRequest, type RequestContext } from '@auraimage/http';
import { type EncodeBudget, type EncodeWork, networkOf } from '@auraimage/ports';

/** Milliseconds charged for a job until its time is known: of a photo, as most sites show it. */
const ESTIMATE_MS = 200;

/** The request that an image job belongs to. */
export interface RenderContext {
  /** Aborts when the client has disconnected. `undefined` if no client waits. */
  readonly signal: AbortSignal | undefined;
  /** The client's network. */
  readonly client: string;
  /** Called with the milliseconds of CPU time that were charged to the request. */
  readonly onSpent: (ms: number) => void;
}

/** The context of image work that a request asks for. */
export function renderContextOf(
  request: Pick<PlainRequest, 'signal'>,
  { client, facts }: Pick<RequestContext, 'client' | 'facts'>,
): RenderContext {
  return {
    get signal() {
      return request.signal; // lazy: the host creates it on first use, which is expensive
    },
    get client() {
      return networkOf(client); // lazy: most reads find kept bytes
    },
    onSpent(ms) {
      facts.encodeMs = (facts.encodeMs ?? 0) + ms;
    },
  };
}

/** @throws {ApiError} `encode_limit` with `Retry-After` if a budget that the work counts for is used up */
export async function checkBudget(budget: EncodeBudget, work: EncodeWork): Promise<void> {
  const refusal = await budget.check(work);
  if (refusal === null) return;
  throw new ApiError('encode_limit', { retryAfterSeconds: refusal.retryAfterSeconds });
}

/**
 * Runs image work and charges its CPU time to the budget. An estimate is deducted before the work starts, so
 * that concurrent jobs do not all find the full budget. It is corrected to the real time afterwards, whether
 * the work succeeds or fails. Work that never left the queue costs nothing.
 *
 * @param onSpent called with the whole time at the end
 * @param run calls `onSpent` as the engine does
 */
export async function charged<T>(
  budget: EncodeBudget,
  work: EncodeWork,
  onSpent: (ms: number) => void,
  run: (onSpent: (ms: number) => void) => Promise<T>,
): Promise<T> {
  await budget.spend(work, ESTIMATE_MS);
  let spent = 0;
  try {
    return await run((ms) => {
      spent += ms;
    });
  } finally {
    onSpent(spent);
    await budget.spend(work, spent - ESTIMATE_MS);
  }
}
