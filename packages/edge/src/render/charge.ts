import { ApiError } from '@auraimage/http';
import { type EncodeBudget, EngineBusyError } from '@auraimage/ports';

/** Milliseconds charged for a job until its time is known. */
const ESTIMATE_MS = 500;

/** The request that an image job belongs to. */
export interface RenderContext {
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
  /** Called with the milliseconds of work that were charged to the request. */
  readonly onSpent: (ms: number) => void;
}

/**
 * Runs image work and charges it to a project's budget. An estimate is deducted before the work starts, so
 * that concurrent jobs do not all find the full budget. It is corrected to the real time afterwards, whether
 * the work succeeds or fails. Work that never left the queue costs nothing.
 *
 * @param timeOf milliseconds of the engine's work, if the result has them; otherwise the elapsed time is charged
 * @throws {ApiError} `encode_limit` with `Retry-After`
 */
export async function charged<T>(
  budget: EncodeBudget,
  project: string,
  { signal, onSpent }: RenderContext,
  work: () => Promise<T>,
  timeOf: (result: T) => number | null = () => null,
): Promise<T> {
  const wait = await budget.retryAfter(project);
  if (wait > 0) throw new ApiError('encode_limit', { retryAfterSeconds: wait });
  await budget.spend(project, ESTIMATE_MS);
  const started = performance.now();
  let spent = 0;
  try {
    const result = await work();
    spent = timeOf(result) ?? performance.now() - started;
    return result;
  } catch (error) {
    const begun = !signal.aborted && !(error instanceof EngineBusyError);
    if (begun) spent = performance.now() - started;
    throw error;
  } finally {
    onSpent(spent);
    await budget.spend(project, spent - ESTIMATE_MS);
  }
}
