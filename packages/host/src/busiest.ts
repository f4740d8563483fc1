import type { NamedDelta, NamedDeltas } from '@auraimage/ports';

type Counted = { -readonly [Name in keyof NamedDelta]: number };

/** Counts by name in bounded memory. */
export interface Busiest extends NamedDeltas {
  readonly names: Map<string, Counted>;
  readonly others: Counted;
}

/** Names that are kept when there are too many: each is a row to write, and a thousand rows take 20 ms. */
export const KEPT_NAMES = 500;
/** Names from which on those with the fewest reads join the others. */
const MOST_NAMES = 2 * KEPT_NAMES;

/**
 * Creates counts by name that stay right enough when there are too many names: a Misra-Gries summary ("Finding repeated
 * elements", Science of Computer Programming 2, 1982), which can be added to another one (Agarwal et al., "Mergeable
 * summaries", PODS 2012). Where the algorithm subtracts from every counter, this one raises `others.unseen`, which is
 * what a new name may have had before it was named. With n reads and the k busiest names kept, it is at most n / (k + 1).
 */
export function createBusiest(): Busiest {
  return { names: new Map(), others: { ...NOTHING } };
}

const NOTHING: NamedDelta = { reads: 0, sentBytes: 0, encodeMilliseconds: 0, unseen: 0 };

/**
 * Counts a read. Hot path: a known name allocates nothing.
 *
 * @returns how many names were added or left, usually 0
 */
export function countRead(
  { names, others }: Busiest,
  name: string,
  sentBytes: number,
  encodeMilliseconds: number,
): number {
  const known = names.get(name);
  if (known !== undefined) {
    known.reads++;
    known.sentBytes += sentBytes;
    known.encodeMilliseconds += encodeMilliseconds;
    return 0;
  }
  names.set(name, { reads: 1, sentBytes, encodeMilliseconds, unseen: others.unseen });
  return names.size < MOST_NAMES ? 1 : 1 - keepBusiest({ names, others }, KEPT_NAMES);
}

/** Adds one summary to another. @returns how many names were added or left */
export function addBusiest(to: Busiest, from: NamedDeltas): number {
  const before = to.names.size;
  const { unseen } = from.others;
  const unseenBefore = to.others.unseen;
  if (unseen > 0) for (const one of to.names.values()) one.unseen += unseen;
  for (const [name, one] of from.names) {
    const known = to.names.get(name);
    if (known === undefined) to.names.set(name, { ...one, unseen: one.unseen + unseenBefore });
    else addCounts(known, { ...one, unseen: one.unseen - unseen });
  }
  addCounts(to.others, from.others);
  if (to.names.size >= MOST_NAMES) keepBusiest(to, KEPT_NAMES);
  return to.names.size - before;
}

/**
 * Moves all names but the busiest to the others.
 *
 * @param most names to keep
 * @returns how many were moved
 */
export function keepBusiest({ names, others }: Busiest, most: number): number {
  const surplus = names.size - most;
  if (surplus <= 0) return 0;
  const moved = [...names].sort(([, a], [, b]) => weightOf(b) - weightOf(a)).slice(most);
  const [busiest] = moved;
  for (const [name, one] of moved) {
    names.delete(name);
    addCounts(others, { ...one, unseen: 0 });
  }
  if (busiest !== undefined) others.unseen = weightOf(busiest[1]);
  return surplus;
}

/** The most reads that a name may have. */
const weightOf = ({ reads, unseen }: NamedDelta): number => reads + unseen;

function addCounts(to: Counted, from: NamedDelta): void {
  to.reads += from.reads;
  to.sentBytes += from.sentBytes;
  to.encodeMilliseconds += from.encodeMilliseconds;
  to.unseen += from.unseen;
}
