/** Kind of a job: of a read or of an upload. */
export type Lane = 'reader' | 'upload';

/** Whom a job is for. */
export interface Owner {
  readonly project: string;
  /** The client's network; empty for the server itself. */
  readonly client: string;
}

/** Reads have priority, but after so many in a row a waiting upload is next. */
const MAX_READS_IN_A_ROW = 3;

export interface Queue<T> {
  /**
   * Adds an entry. A full lane rejects the last entry of the client with the most, in the project with the most,
   * or the new one when its own project and client have as many.
   *
   * @returns the rejected entry, if any
   */
  add(lane: Lane, owner: Owner, entry: T): T | undefined;
  /**
   * Removes and returns the next entry: from the projects of a lane in turn, within a project from its clients
   * in turn (round robin).
   *
   * @param accepts entries that it does not accept are passed over
   */
  take(accepts?: (entry: T) => boolean): T | undefined;
  /** Removes a waiting entry. @returns whether it was waiting */
  remove(entry: T): boolean;
  readonly size: number;
}

/**
 * Two lanes with separate bounds, so that neither reads nor uploads can starve the other. Within a lane no
 * project can starve another, and within a project no client another.
 */
export function createQueue<T>(bounds: Readonly<Record<Lane, number>>): Queue<T> {
  const lanes = {
    reader: createFairLane<T>(bounds.reader),
    upload: createFairLane<T>(bounds.upload),
  };
  let readsInARow = 0;
  return {
    add: (lane, owner, entry) => lanes[lane].add(owner, entry),
    take(accepts = () => true) {
      const isUploadNext = readsInARow >= MAX_READS_IN_A_ROW;
      const order = isUploadNext
        ? (['upload', 'reader'] as const)
        : (['reader', 'upload'] as const);
      for (const lane of order) {
        const entry = lanes[lane].take(accepts);
        if (entry === undefined) continue;
        readsInARow = lane === 'reader' ? readsInARow + 1 : 0;
        return entry;
      }
      return undefined;
    },
    remove: (entry) => lanes.reader.remove(entry) || lanes.upload.remove(entry),
    get size() {
      return lanes.reader.size + lanes.upload.size;
    },
  };
}

/** Entries by client; the next client comes first. */
type Clients<T> = Map<string, Set<T>>;

function createFairLane<T>(bound: number) {
  /** The next project comes first. */
  const projects = new Map<string, Clients<T>>();
  const owners = new Map<T, Owner>();

  const put = (owner: Owner, entry: T): void => {
    const clients: Clients<T> = projects.get(owner.project) ?? new Map();
    projects.set(owner.project, clients);
    const entries = clients.get(owner.client) ?? new Set();
    clients.set(owner.client, entries.add(entry));
    owners.set(entry, owner);
  };
  const remove = (entry: T): boolean => {
    const owner = owners.get(entry);
    if (owner === undefined) return false;
    owners.delete(entry);
    const clients = projects.get(owner.project);
    const entries = clients?.get(owner.client);
    entries?.delete(entry);
    if (entries?.size === 0) clients?.delete(owner.client);
    if (clients?.size === 0) projects.delete(owner.project);
    return true;
  };
  /** The entry to reject for another one of `owner`: `undefined` for the new one itself. */
  const lastOfTheGreediest = (owner: Owner): T | undefined => {
    const own = projects.get(owner.project);
    const [most] = [...projects.values()].sort((a, b) => sizeOf(b) - sizeOf(a));
    const isFair = most === undefined || sizeOf(most) <= sizeOf(own) + 1;
    const from = isFair ? own : most;
    const [entries] = [...(from?.values() ?? [])].sort((a, b) => b.size - a.size);
    if (entries === undefined) return undefined;
    const isOwnFair = isFair && entries.size <= (own?.get(owner.client)?.size ?? 0) + 1;
    return isOwnFair ? undefined : [...entries].at(-1);
  };

  return {
    get size() {
      return owners.size;
    },
    remove,
    add(owner: Owner, entry: T): T | undefined {
      if (owners.size < bound) return void put(owner, entry);
      const last = lastOfTheGreediest(owner);
      if (last === undefined) return entry;
      remove(last);
      put(owner, entry);
      return last;
    },
    take(accepts: (entry: T) => boolean): T | undefined {
      for (const [project, clients] of projects) {
        for (const [client, entries] of clients) {
          const entry = firstOf(entries, accepts);
          if (entry === undefined) continue;
          moveToEnd(clients, client);
          moveToEnd(projects, project);
          remove(entry);
          return entry;
        }
      }
      return undefined;
    },
  };
}

function sizeOf<T>(clients: Clients<T> | undefined): number {
  let size = 0;
  for (const entries of clients?.values() ?? []) size += entries.size;
  return size;
}

function moveToEnd<K, V>(map: Map<K, V>, key: K): void {
  const value = map.get(key);
  map.delete(key);
  if (value !== undefined) map.set(key, value);
}

function firstOf<T>(entries: Iterable<T>, accepts: (entry: T) => boolean): T | undefined {
  for (const entry of entries) if (accepts(entry)) return entry;
  return undefined;
}
