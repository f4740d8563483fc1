import { isUnlikely, type SweepPorts, type SweepReport, sweep } from '@auraimage/host';

/** Younger objects are kept, in milliseconds: an upload may be about to need them. */
const GRACE_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Parts of the object ids, by their first two hexadecimal digits. */
const PARTS = 256;
/** A part with more objects says enough about the bucket. */
const FEW = 16;

export interface PartPorts extends SweepPorts {
  /**
   * Rejects when the database is closed for changes: it was moved, and the objects may be those of another database by now.
   */
  requireOpen(): Promise<void>;
}

/**
 * Removes what cut uploads have left in a part of the bucket: drafts, and objects that no image has. Each hour has its
 * part, since a Worker cannot work for long: 256 hours see every object. It looks first, and removes nothing if most
 * objects seem to be orphans, as those of another database do.
 *
 * @param at Unix milliseconds
 * @param signal ends it between two batches: it then rejects with the signal's reason
 */
export async function sweepPart(
  { requireOpen, ...ports }: PartPorts,
  at: number,
  signal: AbortSignal,
): Promise<SweepReport> {
  const part = Math.floor(at / HOUR_MS) % PARTS;
  const prefix = part.toString(16).padStart(2, '0');
  const options = { graceMs: GRACE_MS, removeRows: false, prefix, signal };
  const look = (of: string) => sweep(ports, { ...options, prefix: of, apply: false });
  const looked = await look(prefix);
  if (looked.orphans.count + looked.abandonedUploads.count === 0) return looked;
  if (isUnlikely(looked) && (looked.objects.count > FEW || isUnlikely(await look('')))) {
    throw new Error(
      `nothing was removed: ${looked.orphans.count} of ${looked.objects.count} objects are of no image in the database: do D1 and the bucket belong together, and to no other Worker or server?`,
    );
  }
  // An object of another database, whose servers began after this, is younger than what is removed.
  await requireOpen();
  return sweep(ports, { ...options, apply: true });
}
