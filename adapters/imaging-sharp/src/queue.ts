/** Who waits: somebody who reads a picture, or somebody who uploads one. */
export type Lane = 'reader' | 'upload';

/** A reader's jobs go first, but after so many in a row a waiting upload has its turn. */
const READERS_IN_A_ROW = 3;

export interface Queue<T> {
  /** `false`: its lane is full. */
  add(lane: Lane, entry: T): boolean;
  /** The next one, taken out. */
  take(): T | undefined;
  /** Takes one out that has not been taken. */
  remove(entry: T): boolean;
  readonly size: number;
}

/** Two lanes, each with a bound of its own: readers cannot crowd out uploads, nor uploads readers. */
export function createQueue<T>(bounds: Readonly<Record<Lane, number>>): Queue<T> {
  const lanes: Record<Lane, Set<T>> = { reader: new Set(), upload: new Set() };
  let readersInARow = 0;
  return {
    add(lane, entry) {
      if (lanes[lane].size >= bounds[lane]) return false;
      lanes[lane].add(entry);
      return true;
    },
    take() {
      const uploadsTurn = readersInARow >= READERS_IN_A_ROW && lanes.upload.size > 0;
      const lane: Lane = lanes.reader.size === 0 || uploadsTurn ? 'upload' : 'reader';
      readersInARow = lane === 'reader' ? readersInARow + 1 : 0;
      const [entry] = lanes[lane];
      if (entry !== undefined) lanes[lane].delete(entry);
      return entry;
    },
    remove: (entry) => lanes.reader.delete(entry) || lanes.upload.delete(entry),
    get size() {
      return lanes.reader.size + lanes.upload.size;
    },
  };
}
