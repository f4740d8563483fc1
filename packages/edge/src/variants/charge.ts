import { ApiError } from '@auraimage/http';
import { type EncodeBudget, EngineBusyError } from '@auraimage/ports';

/** Milliseconds that a piece of work is taken to need until it has shown how many. */
const ESTIMATE_MS = 500;

/** For whom image work is done. */
export interface Errand {
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /** Told the milliseconds of work that were charged to it. */
  readonly onSpent: (ms: number) => void;
}

/**
 * Does image work on a project's budget. An estimate is taken off before it begins, so that many pieces
 * at once do not all find the budget untouched; what it really took is settled afterwards, however it
 * ends. Work that never came to its turn costs nothing.
 *
 * @param timeOf milliseconds of the engine's work, where the result tells; else the time that passed counts
 * @throws {ApiError} `encode_limit` with `Retry-After`
 */
export async function charged<T>(
  budget: EncodeBudget,
  project: string,
  { signal, onSpent }: Errand,
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
