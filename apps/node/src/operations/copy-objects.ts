import {
  type CheckDepth,
  type ObjectImport,
  ObjectMismatchError,
  type ObjectRow,
  type ObjectRows,
  type ObjectStore,
} from '@auraimage/ports';
import { allRows } from './join.js';

/** Failures one after the other, after which the store is taken to be away. */
const MAX_FAILURES = 20;

export interface CopyPorts {
  /** Which objects are wanted, and what they have to be. */
  readonly wanted: ObjectRows;
  /** Which objects there have to be in the store that is read: the same, where nobody changes anything. */
  readonly current: ObjectRows;
  readonly from: Pick<ObjectStore, 'read'>;
  readonly into: ObjectImport;
}

export interface CopyOptions {
  /** How sure to be of an object that is there already. */
  readonly depth: CheckDepth;
  /** Objects on their way at once. */
  readonly atOnce: number;
  readonly onProgress?: (report: CopyReport) => void;
  /** Told of each image that was deleted before its object could be copied. */
  readonly onGone?: (row: ObjectRow) => Promise<void>;
}

interface CopyProblem {
  readonly project: string;
  readonly key: string;
  readonly why: string;
}

export interface CopyReport {
  /** Images that have been dealt with, of those below. */
  readonly done: { count: number; bytes: number };
  readonly total: { readonly images: number; readonly bytes: number };
  readonly copied: { count: number; bytes: number };
  /** Objects that were there already. */
  readonly present: { count: number };
  /** Images that were deleted meanwhile, or whose project is being deleted. */
  readonly gone: { count: number };
  /** Images whose object was not copied: it is missing, another one, or could not be read or written. */
  readonly problems: CopyProblem[];
}

/**
 * Copies the objects of images into another place under their own ids, each checked against the SHA-256
 * of its row before it is seen there. What is there already stays, so that a run that was cut off goes on.
 *
 * @throws what the store fails with, when it fails for one image after the other
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
  let inARow = 0;
  await eachAtOnce(allRows(ports.wanted), options.atOnce, async (row) => {
    try {
      const outcome = await copyOne(ports, row, options.depth);
      report[outcome].count++;
      if (outcome === 'copied') report.copied.bytes += row.size;
      if (outcome === 'gone') await options.onGone?.(row);
      inARow = 0;
    } catch (error) {
      const isItsOwn = error instanceof ObjectMismatchError || error instanceof MissingError;
      report.problems.push(problemOf(row, error));
      if (!isItsOwn && ++inARow >= MAX_FAILURES) throw error;
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
  // Whatever is left of it is about to be removed.
  if (row.isProjectDeleting) return 'gone';
  const there = await into.check(id, depth);
  if (there?.size === size && (there.sha256 ?? sha256) === sha256) return 'present';
  try {
    const body = await from.read(id, { start: 0, length: size });
    if (body === null) throw new MissingError(`its object ${id} is missing`);
    if (there !== null) await into.remove(id);
    await into.put(id, { size, sha256 }, body);
  } catch (error) {
    // A deletion may come at any moment, and then whatever went wrong is of no interest.
    const [now] = await current.naming([id]);
    if (now === undefined || now.isProjectDeleting) return 'gone';
    throw error;
  }
  return 'copied';
}

/** Works through a source, some at a time; ends with the first error that `work` throws. */
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
