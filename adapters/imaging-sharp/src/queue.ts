/** Who waits: somebody who reads a picture, or somebody who uploads one. */
export type Lane = 'reader' | 'upload';

/** A reader's jobs go first, but after so many in a row a waiting upload has its turn. */
const READERS_IN_A_ROW = 3;

export interface Queue<T> {
  /**
   * Adds an entry. Where its lane is full, one has to go: the last of the owner who has the most, unless
   * the newcomer's owner has as many.
   *
   * @returns the entry that has to go, which may be the new one
   */
  add(lane: Lane, owner: string, entry: T): T | undefined;
  /** The next one, taken out: each owner of a lane in turn. */
  take(): T | undefined;
  /** Takes one out that has not been taken. */
  remove(entry: T): boolean;
  readonly size: number;
}

/**
 * Two lanes, each with a bound of its own: readers cannot crowd out uploads, nor uploads readers. Within a
 * lane no owner can crowd out another, however much he asks for.
 */
export function createQueue<T>(bounds: Readonly<Record<Lane, number>>): Queue<T> {
  const lanes = {
    reader: createFairLane<T>(bounds.reader),
    upload: createFairLane<T>(bounds.upload),
  };
  let readersInARow = 0;
  return {
    add: (lane, owner, entry) => lanes[lane].add(owner, entry),
    take() {
      const uploadsTurn = readersInARow >= READERS_IN_A_ROW && lanes.upload.size > 0;
      const lane: Lane = lanes.reader.size === 0 || uploadsTurn ? 'upload' : 'reader';
      readersInARow = lane === 'reader' ? readersInARow + 1 : 0;
      return lanes[lane].take();
    },
    remove: (entry) => lanes.reader.remove(entry) || lanes.upload.remove(entry),
    get size() {
      return lanes.reader.size + lanes.upload.size;
    },
  };
}

function createFairLane<T>(bound: number) {
  /** The owner whose turn it is comes first. */
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
      // To the end of the row: the others come first now.
      waiting.delete(owner);
      waiting.set(owner, entries);
      if (entry !== undefined) remove(entry);
      return entry;
    },
  };
}
