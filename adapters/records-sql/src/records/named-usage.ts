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
import {
  type ExpressionBuilder,
  type Insertable,
  type Kysely,
  sql,
  type Transaction,
} from 'kysely';
import type { Database } from '../database/schema.js';
import { inOrder, transact } from '../database/transaction.js';

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

/** The day of a kind in a project, whose rows are a Misra-Gries summary: see decision 59. */
export type Place = Pick<Row, 'project_id' | 'kind' | 'day'>;

/** @param at Unix milliseconds */
export function placeOf(projectId: string, kind: UsageKind, at: number): Place {
  return { project_id: projectId, kind, day: Math.floor(at / DAY) };
}

/**
 * Locks the row of the others of a day, so that additions to it follow each other.
 *
 * @returns its `unseen`
 */
export async function lockOthers(trx: Transaction<Database>, place: Place): Promise<number> {
  const find = () =>
    rowsOf(trx, place).select('unseen').where('name', '=', OTHERS).forUpdate().executeTakeFirst();
  const others = await find();
  if (others !== undefined) return others.unseen;
  // The first addition of the day. Another one may be about to insert the row.
  await trx
    .selectFrom('projects')
    .select('id')
    .where('id', '=', place.project_id)
    .forNoKeyUpdate()
    .execute();
  return (await find())?.unseen ?? 0;
}

/**
 * Adds counts by name, another Misra-Gries summary, to a day.
 *
 * @param before `unseen` of its others, which must be locked
 * @returns that `unseen` from now on
 */
export async function addNamed(
  trx: Transaction<Database>,
  place: Place,
  before: number,
  { names, others }: NamedDeltas,
): Promise<number> {
  const unseen = before + others.unseen;
  await addRows(trx, [toRow(place, OTHERS, others)], 0);
  if (others.unseen > 0) {
    await trx
      .updateTable('named_usage')
      .set((eb) => ({ unseen: eb('unseen', '+', others.unseen) }))
      .where(isOf(place))
      .where('name', '<>', OTHERS)
      .execute();
  }
  const rows = inOrder(names, ([name]) => name).map(([name, counts]) => ({
    ...toRow(place, name, counts),
    // What a name that is new here may have had before.
    unseen: before + counts.unseen,
  }));
  for (let start = 0; start < rows.length; ) {
    const size = BATCHES.find((count) => start + count <= rows.length) ?? 1;
    await addRows(trx, rows.slice(start, start + size), unseen);
    start += size;
  }
  return unseen;
}

/** Lets the names with the fewest reads of a day join its others, if it has too many. */
export async function trimNamed(db: Kysely<Database>, place: Place): Promise<void> {
  const isTooMany = async (from: Kysely<Database>) => {
    const { count } = await rowsOf(from, place)
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('name', '<>', OTHERS)
      .executeTakeFirstOrThrow();
    return count > MOST_ROWS;
  };
  if (!(await isTooMany(db))) return;
  await transact(db, async (trx) => {
    const unseen = await lockOthers(trx, place);
    if (!(await isTooMany(trx))) return;
    const fewest = rowsOf(trx, place)
      .where('name', '<>', OTHERS)
      .orderBy(sql`reads + unseen`, 'desc')
      .orderBy('name')
      .limit(NO_LIMIT)
      .offset(MAX_NAMED);
    const moved = await fewest.selectAll().execute();
    await trx
      .deleteFrom('named_usage')
      .where(isOf(place))
      .where('name', 'in', fewest.select('name'))
      .execute();
    const sum = (column: 'reads' | 'sent_bytes' | 'encode_milliseconds') =>
      moved.reduce((total, row) => total + row[column], 0);
    const most = moved.reduce((max, row) => Math.max(max, row.reads + row.unseen), unseen);
    const added = {
      reads: sum('reads'),
      sentBytes: sum('sent_bytes'),
      encodeMilliseconds: sum('encode_milliseconds'),
      unseen: most - unseen,
    };
    await addRows(trx, [toRow(place, OTHERS, added)], 0);
  });
}

function rowsOf(db: Kysely<Database>, place: Place) {
  return db.selectFrom('named_usage').where(isOf(place));
}

function isOf({ project_id, kind, day }: Place) {
  return (eb: ExpressionBuilder<Database, 'named_usage'>) =>
    eb.and([eb('project_id', '=', project_id), eb('kind', '=', kind), eb('day', '=', day)]);
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
async function addRows(
  trx: Transaction<Database>,
  rows: readonly Row[],
  counted: number,
): Promise<void> {
  await trx
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
    .execute();
}
