import type { DeletedImage, Deletion } from '@auraimage/ports';
import { createInterruptibleWait } from '../interruptible-wait.js';
import type { ControlPorts } from '../ports.js';

/** Images that are removed before the progress is committed. */
const BATCH = 200;
/** Images whose bytes are removed concurrently. */
const CONCURRENCY = 8;
/** Interval of the search for deletions that another process did not finish, in milliseconds. */
const POLL_MS = 60_000;
const MIN_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

interface Ports extends Pick<ControlPorts, 'registry' | 'clock'> {
  /** Removes the master and the derived bytes of an image. Idempotent. */
  readonly removeBytes: (image: DeletedImage) => Promise<void>;
}

/** Removes the images of deleted projects. */
export interface DeletionJob {
  /** Makes a running job look for deletions now. */
  wake(): void;
  /** Runs until the signal aborts; with `once`, until nothing is due. Never rejects. */
  run(signal: AbortSignal, once?: 'once'): Promise<void>;
}

/**
 * Creates the deletion job. It removes an image's bytes before its row: after a crash in between, the next run
 * finds the row and continues. A deletion that fails is retried with exponential backoff, from 1 second to 1
 * minute, and does not delay others.
 *
 * @param onFailure called with each failure, for the log
 *
 * @example
 * const job = createDeletionJob({ registry, clock, removeBytes }, (failure) => log(failure));
 * await job.run(shutdown.signal);
 */
export function createDeletionJob(
  ports: Ports,
  onFailure: (failure: unknown) => void,
): DeletionJob {
  const idle = createInterruptibleWait();
  const backoffs = new Map<string, { readonly milliseconds: number; readonly until: number }>();
  const { clock } = ports;

  async function withBackoff(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      backoffs.delete(name);
    } catch (failure) {
      onFailure(failure);
      const before = backoffs.get(name)?.milliseconds ?? 0;
      const milliseconds = Math.min(MAX_BACKOFF_MS, before * 2 || MIN_BACKOFF_MS);
      backoffs.set(name, { milliseconds, until: clock.now() + milliseconds });
    }
  }

  const isDue = (name: string) => (backoffs.get(name)?.until ?? 0) <= clock.now();

  /** Runs one batch of each deletion that is due. Resolves with whether more may be due now. */
  async function runBatches(signal: AbortSignal): Promise<boolean> {
    let more = false;
    await withBackoff('', async () => {
      const open = await ports.registry.unfinishedDeletions();
      forgetFinished(backoffs, new Set(open.map(({ id }) => id)));
      for (const { id } of open) {
        if (signal.aborted) return;
        if (!isDue(id)) continue;
        more = true;
        await withBackoff(id, () => removeBatch(ports, id, signal));
      }
    });
    return more;
  }

  return {
    wake: idle.interrupt,
    async run(signal, once) {
      while (!signal.aborted) {
        idle.reset();
        if (await runBatches(signal)) continue;
        if (once) return;
        const now = clock.now();
        const waits = [...backoffs.values()].map(({ until }) => until - now);
        await idle.wait(Math.max(0, Math.min(POLL_MS, ...waits)), signal);
      }
    },
  };
}

/** Another process may have finished a deletion that failed here. */
function forgetFinished(backoffs: Map<string, unknown>, open: ReadonlySet<string>): void {
  for (const id of backoffs.keys()) if (!open.has(id)) backoffs.delete(id);
}

/**
 * Removes a batch of images, or finishes the deletion if none is left. When the signal aborts, removals in
 * progress complete and are committed.
 */
async function removeBatch(
  { registry, removeBytes }: Ports,
  id: Deletion['id'],
  signal: AbortSignal,
): Promise<void> {
  const images = await registry.listDeletionImages(id, BATCH);
  if (images.length === 0) return registry.finishDeletion(id);
  const waiting = [...images];
  const removed: DeletedImage[] = [];
  let failure: { readonly reason: unknown } | undefined;
  const worker = async () => {
    for (let image = waiting.pop(); image !== undefined; image = waiting.pop()) {
      if (signal.aborted) return;
      try {
        await removeBytes(image);
        removed.push(image);
      } catch (reason) {
        failure = { reason };
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  if (removed.length > 0) await registry.removeDeletionImages(id, removed);
  if (failure !== undefined) throw failure.reason;
}
