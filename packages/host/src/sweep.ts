import type {
  ChangeOrigin,
  ImageRecords,
  ObjectInventory,
  ObjectRow,
  ObjectRows,
} from '@auraimage/ports';
import { joinWithRows } from './join.js';

const SWEEP_ORIGIN: ChangeOrigin = {
  actor: { kind: 'system', name: 'aura-server sweep' },
  address: '',
};

/** Items that are looked up, and then removed, in one batch. */
const BATCH = 200;
/** Concurrent removals. */
const AT_ONCE = 8;
const EXAMPLES = 5;

export interface SweepPorts {
  readonly inventory: ObjectInventory;
  readonly rows: ObjectRows;
  readonly images: Pick<ImageRecords, 'remove'>;
}

export interface SweepOptions {
  /** Younger items are kept, in milliseconds: an upload may be about to need them. */
  readonly graceMs: number;
  /** Removes findings; otherwise only reports them. */
  readonly apply: boolean;
  /** Also removes rows whose object is missing. */
  readonly removeRows: boolean;
  /**
   * Sweeps only objects and rows whose object id begins with this text. Ids are random hexadecimal digits, so a host that
   * may not work for long can sweep a part at a time. Default: all.
   */
  readonly prefix?: string;
  /** Ends the sweep between two batches: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called with the number of objects and rows that were checked. */
  readonly onProgress?: (seen: number) => void;
}

/** Findings of one kind. */
export interface Finding {
  count: number;
  bytes: number;
  /** Number of removed ones. */
  removed: number;
  readonly examples: string[];
}

export interface SweepReport {
  /** Objects in the store. */
  readonly objects: { count: number; bytes: number };
  /** Images in the database. */
  readonly images: { count: number };
  /** Orphan objects: no row refers to them. */
  readonly orphans: Finding;
  /** Images whose object is missing. */
  readonly dangling: Finding;
  /** Files and parts of abandoned uploads. */
  readonly abandonedUploads: Finding;
  /** Items of any kind that were kept because they are young. */
  readonly young: { count: number };
}

/**
 * Finds what crashes left in an object store, and removes it. Servers may be running: every object and row is
 * checked again right before it is removed, and nothing younger than the grace period is removed. Object ids are
 * never reused, so an object without a row never gets one later, except for an upload in progress.
 */
export async function sweep(ports: SweepPorts, options: SweepOptions): Promise<SweepReport> {
  const report: SweepReport = {
    objects: { count: 0, bytes: 0 },
    images: { count: 0 },
    orphans: finding(),
    dangling: finding(),
    abandonedUploads: finding(),
    young: { count: 0 },
  };
  const bound = Date.now() - options.graceMs;
  await sweepObjects(ports, options, bound, report);
  for await (const page of ports.inventory.abandonedUploads()) {
    options.signal?.throwIfAborted();
    const old = page.filter((upload) => isOld(upload, bound, report));
    for (const { name, size } of old) note(report.abandonedUploads, size, name);
    if (!options.apply) continue;
    await each(old, (upload) => upload.remove());
    report.abandonedUploads.removed += old.length;
  }
  return report;
}

/**
 * Whether most objects seem to be orphans. If the store and the database do not belong together, everything looks as if
 * crashes had left it: then remove nothing.
 */
export function isUnlikely({ objects, orphans }: SweepReport): boolean {
  return orphans.count * 2 > objects.count;
}

interface Thing {
  readonly id: string;
  readonly size: number;
  readonly modifiedAt: number;
}

async function sweepObjects(
  { inventory, rows, images }: SweepPorts,
  { apply, removeRows, prefix = '', signal, onProgress }: SweepOptions,
  bound: number,
  report: SweepReport,
): Promise<void> {
  const settleOrphans = async (things: readonly Thing[]) => {
    const orphans = await withoutRow(rows, things);
    for (const { id, size } of orphans) note(report.orphans, size, `object ${id}`);
    if (!apply) return;
    await each(orphans, ({ id }) => inventory.removeObject(id));
    report.orphans.removed += orphans.length;
  };
  const settleDangling = async (found: readonly ObjectRow[]) => {
    const missing: ObjectRow[] = [];
    await each(found, async (row) => {
      if (!(await inventory.has(row.objectId))) missing.push(row);
    });
    // Checked after the object, because a deletion removes the row first. Deletions of projects do not.
    const still = await rows.naming(missing.map(({ objectId }) => objectId));
    for (const row of still.filter(({ isProjectDeleting }) => !isProjectDeleting)) {
      note(report.dangling, row.size, `${row.project}/${row.key}: object ${row.objectId}`);
      if (!apply || !removeRows) continue;
      if ((await images.remove(row, SWEEP_ORIGIN)) !== null) report.dangling.removed++;
    }
  };
  const orphans = createBatch(settleOrphans);
  const dangling = createBatch(settleDangling);
  let seen = 0;
  for await (const { object, row } of joinWithRows(inventory.objects(prefix), rows, prefix)) {
    if (seen % BATCH === 0) signal?.throwIfAborted();
    if (++seen % 1000 === 0) onProgress?.(seen);
    if (row !== null) report.images.count++;
    if (object === null) {
      if (!row.isProjectDeleting) await dangling.add(row);
      continue;
    }
    report.objects.count++;
    report.objects.bytes += object.size;
    if (row === null && isOld(object, bound, report)) await orphans.add(object);
  }
  await orphans.settle();
  await dangling.settle();
}

async function withoutRow<T extends Thing>(rows: ObjectRows, things: readonly T[]): Promise<T[]> {
  const found = await rows.naming(things.map(({ id }) => id));
  const named = new Set(found.map(({ objectId }) => objectId));
  return things.filter(({ id }) => !named.has(id));
}

function isOld(
  { modifiedAt }: Pick<Thing, 'modifiedAt'>,
  bound: number,
  { young }: SweepReport,
): boolean {
  if (modifiedAt <= bound) return true;
  young.count++;
  return false;
}

function finding(): Finding {
  return { count: 0, bytes: 0, removed: 0, examples: [] };
}

function note(finding: Finding, bytes: number, example: string): void {
  finding.count++;
  finding.bytes += bytes;
  if (finding.examples.length < EXAMPLES) finding.examples.push(example);
}

/** Collects items and processes them in batches. */
function createBatch<T>(settle: (batch: readonly T[]) => Promise<void>) {
  let waiting: T[] = [];
  const settleAll = async () => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) await settle(batch);
  };
  return {
    async add(thing: T): Promise<void> {
      if (waiting.push(thing) >= BATCH) await settleAll();
    },
    settle: settleAll,
  };
}

async function each<T>(things: readonly T[], work: (thing: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < things.length; at += AT_ONCE) {
    await Promise.all(things.slice(at, at + AT_ONCE).map(work));
  }
}
