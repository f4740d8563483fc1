import type { RequestFacts } from '@auraimage/http';
import type { UsageCounts, UsageDelta, UsageRecords } from '@auraimage/ports';

const FLUSH_MS = 2000;
const HOUR_MS = 3_600_000;
/** Projects and hours that are kept at most while the database does not take them. */
const MAX_ENTRIES = 10_000;

/** A request whose answer has been sent, as usage counts it. */
export interface Metered {
  readonly facts: RequestFacts;
  /** 499 where the client left before the answer began. */
  readonly status: number;
  /** Bytes of the answer's body that were sent. */
  readonly sentBytes: number;
}

export interface Meter {
  note(request: Metered): void;
  /** Writes down what was counted. Never rejects: what could not be written is kept for the next time. */
  flush(): Promise<void>;
  /** Writes the rest down and counts no more. */
  stop(): Promise<void>;
}

interface Entry {
  readonly project: string;
  readonly hour: number;
  readonly counts: Partial<Record<keyof UsageCounts, number>>;
  previousSecret?: { reads: number; lastAt: number };
}

/** Counts what requests did, by project and hour, and writes it down every two seconds. */
export function createMeter(
  usage: Pick<UsageRecords, 'add' | 'recordKeyUse'>,
  onFailure: (failure: unknown) => void,
  now: () => number = Date.now,
): Meter {
  let entries = new Map<string, Entry>();
  let keysUsed = new Map<string, number>();
  let flushing: Promise<void> = Promise.resolve();

  function entryAt(project: string, hour: number): Entry | null {
    const id = `${project} ${hour}`;
    const known = entries.get(id);
    if (known !== undefined) return known;
    if (entries.size >= MAX_ENTRIES) return null;
    const entry: Entry = { project, hour, counts: {} };
    entries.set(id, entry);
    return entry;
  }

  /** Gives an entry back what could not be written. */
  function add(entry: Entry, delta: Pick<Entry, 'counts' | 'previousSecret'>): void {
    for (const [name, count] of Object.entries(delta.counts) as [keyof UsageCounts, number][]) {
      bump(entry.counts, name, count);
    }
    if (delta.previousSecret === undefined) return;
    const { reads, lastAt } = entry.previousSecret ?? { reads: 0, lastAt: 0 };
    entry.previousSecret = {
      reads: reads + delta.previousSecret.reads,
      lastAt: Math.max(lastAt, delta.previousSecret.lastAt),
    };
  }

  async function write(): Promise<void> {
    const [counted, used] = [entries, keysUsed];
    entries = new Map();
    keysUsed = new Map();
    try {
      if (counted.size > 0) await usage.add([...counted.values()].map(toDelta));
    } catch (failure) {
      onFailure(failure);
      for (const entry of counted.values()) {
        const kept = entryAt(entry.project, entry.hour);
        if (kept !== null) add(kept, entry);
      }
    }
    // When a key was used last is told again by its next use.
    if (used.size > 0) await usage.recordKeyUse(used).catch(onFailure);
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write);
    return flushing;
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();

  return {
    note(request) {
      const { project, secretKeyId, previousSecret } = request.facts;
      const at = now();
      if (secretKeyId !== undefined && keysUsed.size < MAX_ENTRIES) keysUsed.set(secretKeyId, at);
      if (project === undefined) return;
      if (!counts(request)) return;
      const entry = entryAt(project, at - (at % HOUR_MS));
      if (entry === null) return;
      countInto(entry.counts, request);
      if (previousSecret === true) {
        entry.previousSecret = { reads: (entry.previousSecret?.reads ?? 0) + 1, lastAt: at };
      }
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

function toDelta({ counts, ...entry }: Entry): UsageDelta {
  const { encodeMilliseconds } = counts;
  if (encodeMilliseconds === undefined) return { ...entry, counts };
  return { ...entry, counts: { ...counts, encodeMilliseconds: Math.round(encodeMilliseconds) } };
}

/** Whether a request counts for anything. */
function counts({ facts: { isRead, uploadedBytes, deleted } }: Metered): boolean {
  return isRead === true || uploadedBytes !== undefined || deleted === true;
}

function countInto(counted: Entry['counts'], request: Metered): void {
  const { isRead, uploadedBytes, deleted } = request.facts;
  if (isRead === true) countRead(counted, request);
  if (deleted === true) bump(counted, 'deletes', 1);
  if (uploadedBytes !== undefined) {
    bump(counted, 'uploads', 1);
    bump(counted, 'uploadedBytes', uploadedBytes);
  }
}

/** Every read comes by here: nothing is made that is thrown away. */
function countRead(counted: Entry['counts'], { facts, status, sentBytes }: Metered): void {
  const { encodeMs = 0, cache } = facts;
  const outcome = outcomeOf(facts, status);
  if (outcome !== null) bump(counted, outcome, 1);
  if (sentBytes > 0) bump(counted, 'sentBytes', sentBytes);
  if (encodeMs > 0) bump(counted, 'encodeMilliseconds', encodeMs);
  if (cache === 'HIT') bump(counted, 'cacheHits', 1);
  else if (cache === 'MISS') bump(counted, 'cacheMisses', 1);
  else if (cache === 'BYPASS') bump(counted, 'cacheBypasses', 1);
}

function outcomeOf({ refusal }: Metered['facts'], status: number): keyof UsageCounts | null {
  if (refusal === 'missing') return 'readsRefusedMissing';
  if (refusal === 'expired') return 'readsRefusedExpired';
  if (refusal !== undefined) return 'readsRefusedOther';
  if (status === 200 || status === 206) return 'readsOk';
  return status === 304 ? 'readsNotModified' : null;
}

function bump(counted: Entry['counts'], name: keyof UsageCounts, by: number): void {
  counted[name] = (counted[name] ?? 0) + by;
}
