import { type SweepPorts, type SweepReport, sweep } from '@auraimage/host';

/** Younger objects are kept, in milliseconds: an upload may be about to need them. */
const GRACE_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Parts of the object ids, by their first two hexadecimal digits. */
const PARTS = 256;

/**
 * Removes what cut uploads have left in a part of the bucket: drafts, and objects that no image has. Each hour has its
 * part, since a Worker cannot work for long: 256 hours see every object.
 *
 * @param at Unix milliseconds
 * @param signal ends it between two batches: it then rejects with the signal's reason
 */
export function sweepPart(
  ports: SweepPorts,
  at: number,
  signal: AbortSignal,
): Promise<SweepReport> {
  const part = Math.floor(at / HOUR_MS) % PARTS;
  const prefix = part.toString(16).padStart(2, '0');
  return sweep(ports, { graceMs: GRACE_MS, apply: true, removeRows: false, prefix, signal });
}
