import { allRows } from '@auraimage/host';
import {
  type CheckDepth,
  type ObjectImport,
  ObjectMismatchError,
  type ObjectRow,
  type ObjectRows,
  type ObjectStore,
} from '@auraimage/ports';

/** Consecutive failures after which the store counts as unavailable. */
const MAX_FAILURES = 20;

export interface CopyPorts {
  /** The objects to copy, with their sizes and checksums. */
  readonly wanted: ObjectRows;
  /** The objects that the source must have now; the same as `wanted` unless images were deleted meanwhile. */
  readonly current: ObjectRows;
  readonly from: Pick<ObjectStore, 'read'>;
  readonly into: ObjectImport;
}

export interface CopyOptions {
  /** How thoroughly to check objects that the target already has. */
  readonly depth: CheckDepth;
  /** Concurrent copies. */
  readonly atOnce: number;
  readonly onProgress?: (report: CopyReport) => void;
  /** Called for each image that was deleted before its object could be copied. */
  readonly onGone?: (row: ObjectRow) => Promise<void>;
}

interface CopyProblem {
  readonly project: string;
  readonly key: string;
  readonly why: string;
}

export interface CopyReport {
  /** Processed images, of those in `total`. */
  readonly done: { count: number; bytes: number };
  readonly total: { readonly images: number; readonly bytes: number };
  readonly copied: { count: number; bytes: number };
  /** Objects that the target already had. */
  readonly present: { count: number };
  /** Images that were deleted meanwhile, or whose project is being deleted. */
  readonly gone: { count: number };
  /** Images whose object was not copied: missing, wrong bytes, or a read or write error. */
  readonly problems: CopyProblem[];
}

/**
 * Copies the objects of images to another store under the same ids. Each is checked against the SHA-256 of its row
 * before it becomes visible there. Existing objects are kept, so an interrupted run can be continued.
 *
 * @throws the store's error after {@link MAX_FAILURES} consecutive failures
 */
export async function copyObjects(ports: CopyPorts, options: CopyOptions): Promise<CopyReport> {
  const report: CopyReport = {
    done: { count: 0, bytes: 0 },
    total: await ports.wanted.totals(),
    copied: { count: 0, bytes: 0 },
    present: { count: 0 },
    gone: { count: 0 },
    problems: [],
  };
  const problemOf = ({ project, key }: ObjectRow, error: unknown): CopyProblem => ({
    project,
    key,
    why: error instanceof Error ? error.message : String(error),
  });
  let consecutive = 0;
  await eachAtOnce(allRows(ports.wanted), options.atOnce, async (row) => {
    try {
      const outcome = await copyOne(ports, row, options.depth);
      report[outcome].count++;
      if (outcome === 'copied') report.copied.bytes += row.size;
      if (outcome === 'gone') await options.onGone?.(row);
      consecutive = 0;
    } catch (error) {
      const isItsOwn = error instanceof ObjectMismatchError || error instanceof MissingError;
      report.problems.push(problemOf(row, error));
      if (!isItsOwn && ++consecutive >= MAX_FAILURES) throw error;
    }
    report.done.count++;
    report.done.bytes += row.size;
    options.onProgress?.(report);
  });
  return report;
}

class MissingError extends Error {}

async function copyOne(
  { current, from, into }: CopyPorts,
  row: ObjectRow,
  depth: CheckDepth,
): Promise<'copied' | 'present' | 'gone'> {
  const { objectId: id, size, sha256 } = row;
  // Its deletion is in progress.
  if (row.isProjectDeleting) return 'gone';
  const there = await into.check(id, depth);
  if (there?.size === size && (there.sha256 ?? sha256) === sha256) return 'present';
  try {
    const body = await from.read(id, { start: 0, length: size });
    if (body === null) throw new MissingError(`its object ${id} is missing`);
    if (there !== null) await into.remove(id);
    await into.put(id, { size, sha256 }, body);
  } catch (error) {
    // If the image was deleted meanwhile, the failure does not matter.
    const [now] = await current.naming([id]);
    if (now === undefined || now.isProjectDeleting) return 'gone';
    throw error;
  }
  return 'copied';
}

/** Processes a source with limited concurrency; rejects with the first error that `work` throws. */
async function eachAtOnce<T>(
  source: AsyncIterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = source[Symbol.asyncIterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    while (!failed) {
      const { value, done } = await iterator.next();
      if (done) return;
      try {
        await work(value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: atOnce }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
}
