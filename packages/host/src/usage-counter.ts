import type { RequestFacts } from '@auraimage/http';
import type {
  NamedDelta,
  NamedDeltas,
  UsageCounts,
  UsageDelta,
  UsageKind,
  UsageRecords,
} from '@auraimage/ports';
import { refusalReasonOf } from '@auraimage/protocol';
import { addBusiest, type Busiest, countRead, createBusiest, keepBusiest } from './busiest.js';

const HOUR_MS = 3_600_000;
/** Most entries (a project and an hour) that are buffered while the database is unavailable. */
const MAX_ENTRIES = 10_000;
/**
 * Most names that are counted one by one until the next write, of all entries. Each is a row to write, and SQLite
 * writes in the process that serves reads.
 */
const MAX_NAMES = 2000;
/** Projects without an image of a name, which anybody can make up: most that are looked up at a write. */
const MAX_GUESSES = 100;

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
}

interface Entry {
  readonly project: string;
  readonly hour: number;
  readonly counts: Partial<Record<keyof UsageCounts, number>>;
  readonly named: Partial<Record<UsageKind, Busiest>>;
  previousSecret?: { reads: number; lastAt: number };
}

/** Counts usage by project and hour. The host writes it to the database, with `flush`, every few seconds. */
export function createUsageCounter(
  usage: Pick<UsageRecords, 'add' | 'recordKeyUse'>,
  onFailure: (failure: unknown) => void,
  now: () => number = Date.now,
): UsageCounter {
  /** By hour and project: a joined key would be a new text for every read. */
  let entries = new Map<number, Map<string, Entry>>();
  let size = 0;
  let keysUsed = new Map<string, number>();
  /** Names in `entries`. */
  let names = 0;
  /** Reads that found no image, by project. */
  let notFound = createBusiest();
  let flushing: Promise<void> = Promise.resolve();

  function entryAt(project: string, hour: number): Entry | null {
    let ofHour = entries.get(hour);
    const known = ofHour?.get(project);
    if (known !== undefined) return known;
    if (size >= MAX_ENTRIES) return null;
    if (ofHour === undefined) {
      ofHour = new Map();
      entries.set(hour, ofHour);
    }
    const entry: Entry = { project, hour, counts: {}, named: {} };
    ofHour.set(project, entry);
    size++;
    return entry;
  }

  const allEntries = (): Entry[] => [...entries.values()].flatMap((each) => [...each.values()]);

  function countNamed(
    { named }: Entry,
    kind: UsageKind,
    name: string,
    { facts, sentBytes }: CountedRequest,
  ): void {
    named[kind] ??= createBusiest();
    names += countRead(named[kind], name, sentBytes, facts.encodeMs ?? 0);
    if (names > MAX_NAMES) makeRoom();
  }

  /** Leaves each part of the entries the same number of names. */
  function makeRoom(): void {
    const all = allEntries().flatMap(({ named }) => Object.values(named));
    const most = Math.floor(MAX_NAMES / 2 / all.length);
    for (const each of all) names -= keepBusiest(each, most);
  }

  /** Adds counts that could not be written back to an entry. */
  function add(entry: Entry, delta: Omit<Entry, 'project' | 'hour'>): void {
    for (const [name, count] of Object.entries(delta.counts) as [keyof UsageCounts, number][]) {
      bump(entry.counts, name, count);
    }
    for (const [kind, from] of Object.entries(delta.named) as [UsageKind, Busiest][]) {
      entry.named[kind] ??= createBusiest();
      names += addBusiest(entry.named[kind], from);
    }
    if (names > MAX_NAMES) makeRoom();
    if (delta.previousSecret === undefined) return;
    const { reads, lastAt } = entry.previousSecret ?? { reads: 0, lastAt: 0 };
    entry.previousSecret = {
      reads: reads + delta.previousSecret.reads,
      lastAt: Math.max(lastAt, delta.previousSecret.lastAt),
    };
  }

  async function write(): Promise<void> {
    const counted = allEntries();
    const [used, missed] = [keysUsed, notFound];
    entries = new Map();
    keysUsed = new Map();
    notFound = createBusiest();
    size = 0;
    names = 0;
    try {
      const deltas = [...counted.map(toDelta), ...toNotFound(missed, hourOf(now()))];
      if (deltas.length > 0) await usage.add(deltas);
    } catch (failure) {
      onFailure(failure);
      for (const entry of counted) {
        const kept = entryAt(entry.project, entry.hour);
        if (kept !== null) add(kept, entry);
      }
      addBusiest(notFound, missed);
    }
    // If this fails, the next use of the key records it.
    if (used.size > 0) await usage.recordKeyUse(used).catch(onFailure);
  }

  const flush = (): Promise<void> => {
    flushing = flushing.then(write);
    return flushing;
  };
  return {
    count(request) {
      const { facts, status } = request;
      const { project, secretKeyId, previousSecret, recipient, image, preset } = facts;
      const at = now();
      if (secretKeyId !== undefined && keysUsed.size < MAX_ENTRIES) keysUsed.set(secretKeyId, at);
      if (project === undefined) {
        if (facts.notFoundIn !== undefined) countRead(notFound, facts.notFoundIn, 0, 0);
        return;
      }
      if (!counts(request)) return;
      const entry = entryAt(project, hourOf(at));
      if (entry === null) return;
      countInto(entry.counts, request);
      if (previousSecret === true) {
        entry.previousSecret = { reads: (entry.previousSecret?.reads ?? 0) + 1, lastAt: at };
      }
      if (facts.isRead !== true) return;
      if (facts.refusal === undefined && isAnswered(status)) {
        if (image !== undefined) countNamed(entry, 'image', image, request);
        if (preset !== undefined) countNamed(entry, 'preset', preset, request);
        if (recipient !== undefined) countNamed(entry, 'recipient', recipient, request);
        return;
      }
      const reason = refusalReasonOf(facts.refusal, facts.code);
      if (reason !== null) countNamed(entry, 'refusal', reason, request);
    },
    flush,
  };
}

const hourOf = (time: number): number => time - (time % HOUR_MS);

function toDelta({ counts, named, ...entry }: Entry): UsageDelta {
  const { encodeMilliseconds } = counts;
  const kinds = Object.entries(named) as [UsageKind, Busiest][];
  return {
    ...entry,
    counts:
      encodeMilliseconds === undefined
        ? counts
        : { ...counts, encodeMilliseconds: Math.round(encodeMilliseconds) },
    ...(kinds.length > 0 && {
      named: Object.fromEntries(kinds.map(([kind, one]) => [kind, toWhole(one)])),
    }),
  };
}

/** In whole milliseconds. */
function toWhole({ names, others }: NamedDeltas): NamedDeltas {
  const whole = (one: NamedDelta): NamedDelta => ({
    ...one,
    encodeMilliseconds: Math.round(one.encodeMilliseconds),
  });
  return {
    names: new Map([...names].map(([name, one]) => [name, whole(one)])),
    others: whole(others),
  };
}

/** Reads without an image, as refusals of the projects that they name. Projects that do not exist are ignored. */
function toNotFound(missed: Busiest, hour: number): UsageDelta[] {
  keepBusiest(missed, MAX_GUESSES);
  return [...missed.names].map(([project, counted]) => ({
    project,
    hour,
    counts: {},
    named: { refusal: { names: new Map([['not_found', counted]]), others: NONE } },
  }));
}

const NONE: NamedDelta = { reads: 0, sentBytes: 0, encodeMilliseconds: 0, unseen: 0 };

/** Whether a request counts as usage. */
function counts({ facts: { isRead, uploadedBytes, deleted } }: CountedRequest): boolean {
  return isRead === true || uploadedBytes !== undefined || deleted === true;
}

function countInto(counted: Entry['counts'], request: CountedRequest): void {
  const { isRead, uploadedBytes, deleted } = request.facts;
  if (isRead === true) countOutcome(counted, request);
  if (deleted === true) bump(counted, 'deletes', 1);
  if (uploadedBytes !== undefined) {
    bump(counted, 'uploads', 1);
    bump(counted, 'uploadedBytes', uploadedBytes);
  }
}

/** Hot path of every read: allocates nothing. */
function countOutcome(
  counted: Entry['counts'],
  { facts, status, sentBytes }: CountedRequest,
): void {
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
  switch (refusal) {
    case undefined:
      break;
    case 'missing':
    case 'cross_site':
    case 'preset_closed':
      return 'readsRefusedMissing';
    case 'expired':
      return 'readsRefusedExpired';
    default:
      return 'readsRefusedOther';
  }
  if (status === 304) return 'readsNotModified';
  return isAnswered(status) ? 'readsOk' : null;
}

/** Whether the client got the image, a part of it, or has it. */
const isAnswered = (status: number): boolean => status === 200 || status === 206 || status === 304;

function bump(counted: Entry['counts'], name: keyof UsageCounts, by: number): void {
  counted[name] = (counted[name] ?? 0) + by;
}
