import {
  type BusiestNames,
  MAX_NAMED,
  NAMED_DAYS,
  type NamedCounts,
  type NamedDelta,
  type NamedDeltas,
  USAGE_KINDS,
  type UsageKind,
} from '@auraimage/ports';
import { type Insertable, type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from '../database/schema.js';
import { inOrder } from '../database/transaction.js';

const DAY = 24 * 3_600_000;
/** The name under which the counts of all that are not named are added up. */
const OTHERS = '';
/** Rows of a day from which on those with the fewest reads join the others. */
const MOST_ROWS = MAX_NAMED + 200;
/** Rows of one insertion, the largest first: few sizes, since each is a statement of its own. */
const BATCHES = [100, 10, 1];
/** SQLite has no OFFSET without a LIMIT. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

type Row = Insertable<Database['named_usage']>;
type Place = Pick<Row, 'project_id' | 'kind' | 'day'>;
type Counts = Omit<Row, keyof Place>;

/**
 * Adds counts by name on the day of a time. The rows of a day are a Misra-Gries summary, to which the counts, another
 * one, are added: see decision 59. The row of the others is locked, so that additions of a day follow each other.
 *
 * @param at Unix milliseconds
 */
export async function addNamed(
  trx: Transaction<Database>,
  projectId: string,
  kind: UsageKind,
  at: number,
  { names, others }: NamedDeltas,
): Promise<void> {
  const place: Place = { project_id: projectId, kind, day: Math.floor(at / DAY) };
  const unseen = await addOthers(trx, place, others);
  const ofDay = sql`project_id = ${projectId} AND kind = ${kind} AND day = ${place.day}`;
  const isNamed = sql`${ofDay} AND name <> ${OTHERS}`;
  if (others.unseen > 0) {
    await sql`UPDATE named_usage SET unseen = unseen + ${others.unseen} WHERE ${isNamed}`.execute(
      trx,
    );
  }
  // What a name that is new here may have had before.
  const before = unseen - others.unseen;
  const rows = inOrder(names, ([name]) => name).map(([name, counts]) => ({
    ...toRow(place, name, counts),
    unseen: before + counts.unseen,
  }));
  for (let start = 0; start < rows.length; ) {
    const size = BATCHES.find((count) => start + count <= rows.length) ?? 1;
    await addRows(trx, rows.slice(start, start + size), unseen);
    start += size;
  }
  const counted = await sql<{ readonly count: number }>`
    SELECT count(*) AS count FROM named_usage WHERE ${isNamed}`.execute(trx);
  if ((counted.rows[0]?.count ?? 0) <= MOST_ROWS) return;
  const { rows: moved } = await sql<Omit<Counts, 'name'>>`
    DELETE FROM named_usage WHERE ${ofDay} AND name IN (
      SELECT name FROM named_usage WHERE ${isNamed}
      ORDER BY reads + unseen DESC, name LIMIT ${NO_LIMIT} OFFSET ${MAX_NAMED}
    ) RETURNING reads, sent_bytes, encode_milliseconds, unseen`.execute(trx);
  const sum = (column: 'reads' | 'sent_bytes' | 'encode_milliseconds') =>
    moved.reduce((total, row) => total + row[column], 0);
  const most = moved.reduce((max, row) => Math.max(max, row.reads + row.unseen), unseen);
  await addOthers(trx, place, {
    reads: sum('reads'),
    sentBytes: sum('sent_bytes'),
    encodeMilliseconds: sum('encode_milliseconds'),
    unseen: most - unseen,
  });
}

/** The names of a kind with the most reads. @param first and last day, since 1970 */
export async function busiestNames(
  db: Kysely<Database>,
  projectId: string,
  kind: UsageKind,
  { first, today }: { readonly first: number; readonly today: number },
  limit: number,
): Promise<BusiestNames> {
  const rows = () =>
    db
      .selectFrom('named_usage')
      .where('project_id', '=', projectId)
      .where('kind', '=', kind)
      .where('day', '>=', first)
      .where('day', '<=', today);
  const named = await rows()
    .select(['name', 'day', 'reads', 'sent_bytes', 'encode_milliseconds'])
    .where(
      'name',
      'in',
      rows()
        .select('name')
        .where('name', '<>', OTHERS)
        .groupBy('name')
        .orderBy((eb) => eb.fn.sum('reads'), 'desc')
        .orderBy('name')
        .limit(limit),
    )
    .execute();
  // Later, so that it has all that the names have.
  const total = await rows()
    .select((eb) => [
      eb.fn.sum<number | null>('reads').as('reads'),
      eb.fn.sum<number | null>('sent_bytes').as('sent_bytes'),
      eb.fn.sum<number | null>('encode_milliseconds').as('encode_milliseconds'),
      sql<number | null>`sum(CASE WHEN name = ${OTHERS} THEN unseen ELSE 0 END)`.as('unseen'),
    ])
    .executeTakeFirst();
  const days = today - first + 1;
  const found = new Map<string, Summed>();
  const listed = { reads: 0, sentBytes: 0, encodeMilliseconds: 0 };
  for (const { name, day, ...row } of named) {
    let one = found.get(name);
    if (one === undefined) {
      one = { name, ...NOTHING, readsByDay: new Array<number>(days).fill(0) };
      found.set(name, one);
    }
    one.readsByDay[day - first] = row.reads;
    for (const sums of [one, listed]) {
      sums.reads += row.reads;
      sums.sentBytes += row.sent_bytes;
      sums.encodeMilliseconds += row.encode_milliseconds;
    }
  }
  return {
    names: [...found.values()].sort((a, b) => b.reads - a.reads || (a.name < b.name ? -1 : 1)),
    others: {
      reads: Math.max(0, (total?.reads ?? 0) - listed.reads),
      sentBytes: Math.max(0, (total?.sent_bytes ?? 0) - listed.sentBytes),
      encodeMilliseconds: Math.max(
        0,
        (total?.encode_milliseconds ?? 0) - listed.encodeMilliseconds,
      ),
    },
    margin: total?.unseen ?? 0,
  };
}

type Summed = { -readonly [Name in keyof NamedCounts]: number } & {
  readonly name: string;
  readonly readsByDay: number[];
};

const NOTHING: NamedCounts = { reads: 0, sentBytes: 0, encodeMilliseconds: 0 };

/** Deletes the counts of days that are in no answer any more. @param now Unix milliseconds */
export async function deleteOldNamed(
  db: Kysely<Database>,
  projectId: string,
  now: number,
): Promise<void> {
  await db
    .deleteFrom('named_usage')
    .where('project_id', '=', projectId)
    .where('kind', 'in', USAGE_KINDS)
    .where('day', '<=', Math.floor(now / DAY) - NAMED_DAYS)
    .execute();
}

/** Adds to the row of the others. @returns its `unseen` afterwards */
async function addOthers(
  trx: Transaction<Database>,
  place: Place,
  counts: NamedDelta,
): Promise<number> {
  const [row] = await addRows(trx, [toRow(place, OTHERS, counts)], 0);
  return row?.unseen ?? 0;
}

function toRow(place: Place, name: string, counts: NamedDelta): Row {
  const { reads, sentBytes, encodeMilliseconds, unseen } = counts;
  return {
    ...place,
    name,
    reads,
    sent_bytes: sentBytes,
    encode_milliseconds: encodeMilliseconds,
    unseen,
  };
}

/** @param counted part of `unseen` that a row that exists has already */
async function addRows(trx: Transaction<Database>, rows: readonly Row[], counted: number) {
  return trx
    .insertInto('named_usage')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['project_id', 'kind', 'day', 'name']).doUpdateSet({
        reads: sql`named_usage.reads + excluded.reads`,
        sent_bytes: sql`named_usage.sent_bytes + excluded.sent_bytes`,
        encode_milliseconds: sql`named_usage.encode_milliseconds + excluded.encode_milliseconds`,
        unseen: sql`named_usage.unseen + excluded.unseen - ${counted}`,
      }),
    )
    .returning('unseen')
    .execute();
}
