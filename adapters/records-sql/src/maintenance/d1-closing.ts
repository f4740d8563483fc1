import { CLOSED, type Primary, plain, type Sql } from '../d1/binding.js';
import { createD1Api, type D1ApiOptions, type D1Place } from '../d1/http-api.js';
import { TABLES, TransferError } from './tables.js';

// How the database of a Worker is closed for changes, ended and opened again: with triggers and names of tables.

/** Closed, so that no other version of the Worker changes the tables meanwhile. */
const CLOSING = [...TABLES.map(({ name }) => name), 'migrations'];
const CHANGES = ['INSERT', 'UPDATE', 'DELETE'] as const;
/** Names of the tables of an ended database begin with it. */
export const ENDED = 'aura_moved_';
/** What a database is closed for. Each has triggers of its own, so that neither opens what the other has closed. */
type Closing = 'move' | 'rekey';
const prefixOf = (closing: Closing) => `aura_closed_${closing}_`;
const triggerOf = (closing: Closing, table: string, change: string) =>
  `${prefixOf(closing)}${table}_${change.toLowerCase()}`;

/**
 * Closes the database of a Worker: it still reads, but every change fails, whichever isolate makes it. Of the database
 * itself only triggers are added.
 */
export async function closeD1(primary: Primary, closing: Closing): Promise<void> {
  await primary.batch(
    CLOSING.flatMap((name) =>
      CHANGES.map((change) =>
        plain(`CREATE TRIGGER IF NOT EXISTS ${triggerOf(closing, name, change)} BEFORE ${change}
          ON ${name} BEGIN SELECT RAISE(ABORT, '${CLOSED}'); END`),
      ),
    ),
  );
}

/** The statements that open a database that was closed for this. Default: whatever it was closed for. */
export async function statementsToReopen(primary: Primary, closing?: Closing): Promise<Sql[]> {
  const prefix = closing === undefined ? '' : prefixOf(closing);
  const names = (await triggersIn(primary)).filter((name) => name.startsWith(prefix));
  return names.map((name) => plain(`DROP TRIGGER IF EXISTS ${name}`));
}

/** @throws {TransferError} when a move has closed the database, or a rekey of an earlier version */
export async function refuseMoving(primary: Primary): Promise<void> {
  const own = prefixOf('rekey');
  if ((await triggersIn(primary)).every((name) => name.startsWith(own))) return;
  throw new TransferError(
    'the D1 database is closed for changes, because a move from it, or a rekey of an earlier version, has begun: aura-server reopen makes it usable again',
  );
}

async function triggersIn(primary: Primary): Promise<string[]> {
  const rows = await primary.query(
    plain(
      `SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'aura\\_closed\\_%' ESCAPE '\\'`,
    ),
  );
  return rows.map(({ name }) => String(name));
}

/** @throws {TransferError} unless the database is still closed */
export async function verifyClosed(primary: Primary): Promise<void> {
  const triggers = new Set(await triggersIn(primary));
  const isClosed = CLOSING.every((table) =>
    CHANGES.every((change) => triggers.has(triggerOf('move', table, change))),
  );
  if (!isClosed) throw new TransferError('the D1 database was reopened meanwhile: repeat it');
}

/**
 * Ends a closed database: its tables get other names, so every query of a Worker fails. Its rows stay as they are.
 */
export async function endD1(primary: Primary): Promise<void> {
  await settle(primary, async () => {
    const present = new Set(await tablesOf(primary));
    return TABLES.filter(({ name }) => present.has(name)).map(({ name }) =>
      plain(`ALTER TABLE ${name} RENAME TO ${ENDED}${name}`),
    );
  });
}

/**
 * Opens a database again that was closed to move it, or ended after that: a Worker reads it and writes to it.
 *
 * @returns whether it was closed
 */
export async function reopenD1(place: D1Place, options?: D1ApiOptions): Promise<boolean> {
  const primary = createD1Api(place, options);
  return settle(primary, async () => {
    const ended = (await tablesOf(primary)).filter((name) => name.startsWith(ENDED));
    return [
      ...ended.map((name) => plain(`ALTER TABLE ${name} RENAME TO ${name.slice(ENDED.length)}`)),
      ...(await statementsToReopen(primary)),
    ];
  });
}

/**
 * Runs what is left to do as one transaction. An error counts only if something is left then: the request may have been
 * sent again.
 *
 * @returns whether there was something to do
 */
async function settle(primary: Primary, left: () => Promise<readonly Sql[]>): Promise<boolean> {
  const statements = await left();
  if (statements.length === 0) return false;
  try {
    await primary.batch(statements);
  } catch (error) {
    if ((await left()).length > 0) throw error;
  }
  return true;
}

/** Tables of D1 itself, and of `wrangler d1 migrations`. */
const OWN_TABLES = /^(?:_cf_|sqlite_|d1_migrations$)/;

/** Names of the tables of a database, but for those. */
export async function tablesOf(primary: Primary): Promise<string[]> {
  const rows = await primary.query(plain(`SELECT name FROM sqlite_master WHERE type = 'table'`));
  return rows.map(({ name }) => String(name)).filter((name) => !OWN_TABLES.test(name));
}
