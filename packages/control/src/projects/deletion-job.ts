import type { DeletedImage, Deletion } from '@auraimage/ports';
import type { ControlPorts } from '../ports.js';

/** Images that are removed before the progress is kept. */
const BATCH = 200;
/** Images whose bytes are removed at once. */
const AT_ONCE = 8;
/** How often deletions are looked for that another process left, in milliseconds. */
const LOOK_MS = 60_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

interface Ports extends Pick<ControlPorts, 'registry' | 'clock'> {
  /** Removes what the stores keep of an image. Idempotent. */
  readonly removeBytes: (image: DeletedImage) => Promise<void>;
}

/** Removes what deleted projects leave. */
export interface DeletionJob {
  /** Has it look for deletions now. */
  wake(): void;
  /** Works until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Makes the job. An image's remains go before its row: whatever breaks in between, the next run finds
 * the row and goes on. A deletion that fails is tried again, later each time, and holds no other up.
 *
 * @param onFailure told of each failure: for the log
 */
export function createDeletionJob(
  ports: Ports,
  onFailure: (failure: unknown) => void,
): DeletionJob {
  const bell = createBell();
  const pauses = new Map<string, { readonly milliseconds: number; readonly until: number }>();
  const { clock } = ports;

  /** Does something that may fail; a failure makes it wait. */
  async function attempt(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      pauses.delete(name);
    } catch (failure) {
      onFailure(failure);
      const before = pauses.get(name)?.milliseconds ?? 0;
      const milliseconds = Math.min(LONGEST_PAUSE_MS, before * 2 || FIRST_PAUSE_MS);
      pauses.set(name, { milliseconds, until: clock.now() + milliseconds });
    }
  }

  const isDue = (name: string) => (pauses.get(name)?.until ?? 0) <= clock.now();

  /** One batch of each deletion that is due. Resolves with whether there is more to do now. */
  async function round(signal: AbortSignal): Promise<boolean> {
    let more = false;
    await attempt('', async () => {
      const open = await ports.registry.unfinishedDeletions();
      forgetOthers(pauses, new Set(open.map(({ id }) => id)));
      for (const { id } of open) {
        if (signal.aborted) return;
        if (!isDue(id)) continue;
        more = true;
        await attempt(id, () => removeBatch(ports, id, signal));
      }
    });
    return more;
  }

  return {
    wake: bell.ring,
    async run(signal) {
      while (!signal.aborted) {
        bell.still();
        if (await round(signal)) continue;
        const now = clock.now();
        const waits = [...pauses.values()].map(({ until }) => until - now);
        await bell.wait(Math.max(0, Math.min(LOOK_MS, ...waits)), signal);
      }
    },
  };
}

/** Deletions may also be ended by another process. */
function forgetOthers(pauses: Map<string, unknown>, open: ReadonlySet<string>): void {
  for (const id of pauses.keys()) if (!open.has(id)) pauses.delete(id);
}

/** Removes some images of a deletion, or ends it where none is left. What is under way ends well. */
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
  const lane = async () => {
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
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (removed.length > 0) await registry.removeDeletionImages(id, removed);
  if (failure !== undefined) throw failure.reason;
}

/** A wait that can be cut short, also by a ring that came just before it. */
function createBell() {
  let rung = false;
  let end = () => {};
  return {
    ring() {
      rung = true;
      end();
    },
    still() {
      rung = false;
    },
    wait(milliseconds: number, signal: AbortSignal): Promise<void> {
      if (rung || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(() => end(), milliseconds);
        end = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          end = () => {};
          resolve();
        };
        signal.addEventListener('abort', end);
      });
    },
  };
}
