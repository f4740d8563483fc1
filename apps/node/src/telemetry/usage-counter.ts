import type { RequestFacts } from '@auraimage/http';
import type { RecipientReads, UsageCounts, UsageDelta, UsageRecords } from '@auraimage/ports';

const FLUSH_MS = 2000;
const HOUR_MS = 3_600_000;
/** Most entries (a project and an hour) that are buffered while the database is unavailable. */
const MAX_ENTRIES = 10_000;
/**
 * Most recipients that are counted one by one until the next write: of an entry, and of all. Each is a row to write,
 * and SQLite writes in the process that serves reads.
 */
const MAX_RECIPIENTS_OF_ENTRY = 1000;
const MAX_RECIPIENTS = 2000;
/** The recipient that stands for all others. */
const OTHERS = '';

/** A request whose response has been sent. */
export interface CountedRequest {
  readonly facts: RequestFacts;
  /** 499 if the client disconnected before the response began. */
  readonly status: number;
  /** Bytes of the response body that were sent. */
  readonly sentBytes: number;
}

export interface UsageCounter {
  count(request: CountedRequest): void;
  /** Writes the counts to the database. Never rejects: counts that could not be written are kept. */
  flush(): Promise<void>;
  /** Writes the remaining counts and stops. */
  stop(): Promise<void>;
}

interface Entry {
  readonly project: string;
  readonly hour: number;
  readonly counts: Partial<Record<keyof UsageCounts, number>>;
  previousSecret?: { reads: number; lastAt: number };
  recipients?: Map<string, { -readonly [Name in keyof RecipientReads]: number }>;
}

/** Counts usage by project and hour, and writes it to the database every two seconds. */
export function createUsageCounter(
  usage: Pick<UsageRecords, 'add' | 'recordKeyUse'>,
  onFailure: (failure: unknown) => void,
  now: () => number = Date.now,
): UsageCounter {
  let entries = new Map<string, Entry>();
  let keysUsed = new Map<string, number>();
  /** Recipients in `entries`. */
  let recipients = 0;
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

  /** Adds to the reads of a recipient, or of the others if there are too many. */
  function addReads(entry: Entry, sub: string, reads: number, sentBytes: number): void {
    entry.recipients ??= new Map();
    const { size } = entry.recipients;
    const isFull = size >= MAX_RECIPIENTS_OF_ENTRY || recipients >= MAX_RECIPIENTS;
    const name = isFull && !entry.recipients.has(sub) ? OTHERS : sub;
    const known = entry.recipients.get(name);
    if (known === undefined) {
      entry.recipients.set(name, { reads, sentBytes });
      recipients++;
    } else {
      known.reads += reads;
      known.sentBytes += sentBytes;
    }
  }

  /** Adds counts that could not be written back to an entry. */
  function add(entry: Entry, delta: Omit<Entry, 'project' | 'hour'>): void {
    for (const [name, count] of Object.entries(delta.counts) as [keyof UsageCounts, number][]) {
      bump(entry.counts, name, count);
    }
    for (const [sub, { reads, sentBytes }] of delta.recipients ?? []) {
      addReads(entry, sub, reads, sentBytes);
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
    recipients = 0;
    try {
      if (counted.size > 0) await usage.add([...counted.values()].map(toDelta));
    } catch (failure) {
      onFailure(failure);
      for (const entry of counted.values()) {
        const kept = entryAt(entry.project, entry.hour);
        if (kept !== null) add(kept, entry);
      }
    }
    // If this fails, the next use of the key records it.
    if (used.size > 0) await usage.recordKeyUse(used).catch(onFailure);
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write);
    return flushing;
  };
  const timer = setInterval(() => void flush(), FLUSH_MS);
  timer.unref();

  return {
    count(request) {
      const { project, secretKeyId, previousSecret, recipient } = request.facts;
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
      if (recipient !== undefined && outcomeOf(request.facts, request.status) !== null) {
        addReads(entry, recipient, 1, request.sentBytes);
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

/** Whether a request counts as usage. */
function counts({ facts: { isRead, uploadedBytes, deleted } }: CountedRequest): boolean {
  return isRead === true || uploadedBytes !== undefined || deleted === true;
}

function countInto(counted: Entry['counts'], request: CountedRequest): void {
  const { isRead, uploadedBytes, deleted } = request.facts;
  if (isRead === true) countRead(counted, request);
  if (deleted === true) bump(counted, 'deletes', 1);
  if (uploadedBytes !== undefined) {
    bump(counted, 'uploads', 1);
    bump(counted, 'uploadedBytes', uploadedBytes);
  }
}

/** Hot path of every read: allocates nothing. */
function countRead(counted: Entry['counts'], { facts, status, sentBytes }: CountedRequest): void {
  const { encodeMs = 0, cache } = facts;
  const outcome = outcomeOf(facts, status);
  if (outcome !== null) bump(counted, outcome, 1);
  if (sentBytes > 0) bump(counted, 'sentBytes', sentBytes);
  if (encodeMs > 0) bump(counted, 'encodeMilliseconds', encodeMs);
  if (cache === 'HIT') bump(counted, 'cacheHits', 1);
  else if (cache === 'MISS') bump(counted, 'cacheMisses', 1);
  else if (cache === 'BYPASS') bump(counted, 'cacheBypasses', 1);
}

function outcomeOf({ refusal }: CountedRequest['facts'], status: number): keyof UsageCounts | null {
  if (refusal === 'missing') return 'readsRefusedMissing';
  if (refusal === 'expired') return 'readsRefusedExpired';
  if (refusal !== undefined) return 'readsRefusedOther';
  if (status === 200 || status === 206) return 'readsOk';
  return status === 304 ? 'readsNotModified' : null;
}

function bump(counted: Entry['counts'], name: keyof UsageCounts, by: number): void {
  counted[name] = (counted[name] ?? 0) + by;
}
