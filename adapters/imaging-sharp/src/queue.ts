/** Kind of a job: of a read or of an upload. */
export type Lane = 'reader' | 'upload';

/** Reads have priority, but after so many in a row a waiting upload is next. */
const MAX_READS_IN_A_ROW = 3;

export interface Queue<T> {
  /**
   * Adds an entry. A full lane rejects the last entry of the owner who has the most, or the new one when its
   * owner has as many.
   *
   * @returns the rejected entry, if any
   */
  add(lane: Lane, owner: string, entry: T): T | undefined;
  /** Removes and returns the next entry, from the owners of a lane in turn (round robin). */
  take(): T | undefined;
  /** Removes a waiting entry. @returns whether it was waiting */
  remove(entry: T): boolean;
  readonly size: number;
}

/**
 * Two lanes with separate bounds, so that neither reads nor uploads can starve the other. Within a lane no
 * owner can starve another.
 */
export function createQueue<T>(bounds: Readonly<Record<Lane, number>>): Queue<T> {
  const lanes = {
    reader: createFairLane<T>(bounds.reader),
    upload: createFairLane<T>(bounds.upload),
  };
  let readsInARow = 0;
  return {
    add: (lane, owner, entry) => lanes[lane].add(owner, entry),
    take() {
      const isUploadNext = readsInARow >= MAX_READS_IN_A_ROW && lanes.upload.size > 0;
      const lane: Lane = lanes.reader.size === 0 || isUploadNext ? 'upload' : 'reader';
      readsInARow = lane === 'reader' ? readsInARow + 1 : 0;
      return lanes[lane].take();
    },
    remove: (entry) => lanes.reader.remove(entry) || lanes.upload.remove(entry),
    get size() {
      return lanes.reader.size + lanes.upload.size;
    },
  };
}

function createFairLane<T>(bound: number) {
  /** Entries by owner; the next owner comes first. */
  const waiting = new Map<string, Set<T>>();
  const owners = new Map<T, string>();

  const put = (owner: string, entry: T): void => {
    const entries = waiting.get(owner);
    if (entries === undefined) waiting.set(owner, new Set([entry]));
    else entries.add(entry);
    owners.set(entry, owner);
  };
  const remove = (entry: T): boolean => {
    const owner = owners.get(entry);
    if (owner === undefined) return false;
    owners.delete(entry);
    const entries = waiting.get(owner);
    entries?.delete(entry);
    if (entries?.size === 0) waiting.delete(owner);
    return true;
  };

  return {
    get size() {
      return owners.size;
    },
    remove,
    add(owner: string, entry: T): T | undefined {
      if (owners.size < bound) return void put(owner, entry);
      const [most] = [...waiting.values()].sort((a, b) => b.size - a.size);
      const own = waiting.get(owner)?.size ?? 0;
      if (most === undefined || most.size <= own + 1) return entry;
      const [last] = [...most].slice(-1);
      if (last !== undefined) remove(last);
      put(owner, entry);
      return last;
    },
    take(): T | undefined {
      const [first] = waiting;
      if (first === undefined) return undefined;
      const [owner, entries] = first;
      const [entry] = entries;
      // Move the owner to the end.
      waiting.delete(owner);
      waiting.set(owner, entries);
      if (entry !== undefined) remove(entry);
      return entry;
    },
  };
}
