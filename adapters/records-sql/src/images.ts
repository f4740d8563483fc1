import {
  type Focus,
  type FocusKind,
  type FoundImage,
  type ImageRecord,
  type ImageRecords,
  InvalidCursorError,
  type NewImage,
} from '@auraimage/edge';
import type { ImageAddress } from '@auraimage/protocol';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import type { SecretCipher } from './cipher.js';
import { serveSecretPlace } from './projects.js';
import type { Database } from './schema.js';
import type { SqliteConnection } from './sqlite.js';

const MAX_PAGE = 1000;

const FOCUS_COLUMNS = { auto: 'focus_auto', face: 'focus_face' } as const satisfies Record<
  FocusKind,
  keyof Row
>;

type Row = Selectable<Database['images']>;

/** Images as rows of one table, by project and key. */
export function createImageRecords(
  db: Kysely<Database>,
  cipher: SecretCipher,
  { prepareRead, evenWhenFull }: Pick<SqliteConnection, 'prepareRead' | 'evenWhenFull'>,
): ImageRecords {
  const find = prepareRead(
    rowAt(db, { project: '', key: '' })
      // As text: a blob comes as a buffer of its own, whose collecting costs more than the whole read.
      .select([
        sql<string>`hex(projects.serve_secret)`.as('serve_secret'),
        sql<string>`hex(projects.previous_serve_secret)`.as('previous_serve_secret'),
        'projects.previous_until',
      ])
      .compile(),
    (row, project = ''): FoundImage => ({
      image: toRecord(project, row),
      serveSecrets: serveSecretsOf(row, cipher),
    }),
  );

  return {
    find: ({ project, key }) => find(project, key),

    insert: (image) =>
      db.transaction().execute(async (trx) => {
        const project = await trx
          .selectFrom('projects')
          .select(['id', 'quota_bytes', 'used_bytes'])
          .where('name', '=', image.project)
          .executeTakeFirst();
        if (project === undefined) return 'project_missing';
        const used = project.used_bytes + image.size;
        if (project.quota_bytes !== null && used > project.quota_bytes) return 'quota_exceeded';
        await addUsage(trx, project.id, image.size);
        await trx.insertInto('images').values(toRow(project.id, image)).execute();
        return 'inserted';
      }),

    setVisibility: (address, visibility) =>
      evenWhenFull(() =>
        db.transaction().execute(async (trx) => {
          const found = await rowAt(trx, address).executeTakeFirst();
          if (found === undefined || found.visibility === visibility) {
            return found === undefined ? null : toRecord(address.project, found);
          }
          const row = { ...found, visibility, version: found.version + 1 };
          await trx
            .updateTable('images')
            .set({ visibility, version: row.version })
            .where('project_id', '=', found.project_id)
            .where('key', '=', found.key)
            .execute();
          return toRecord(address.project, row);
        }),
      ),

    async setFocus({ project, key }, kind, focus) {
      await db
        .updateTable('images')
        .set({ [FOCUS_COLUMNS[kind]]: JSON.stringify(focus) })
        .where('project_id', '=', (eb) =>
          eb.selectFrom('projects').select('id').where('name', '=', project),
        )
        .where('key', '=', key)
        .execute();
    },

    remove: (address) =>
      evenWhenFull(() =>
        db.transaction().execute(async (trx) => {
          const row = await rowAt(trx, address).executeTakeFirst();
          if (row === undefined) return null;
          await trx
            .deleteFrom('images')
            .where('project_id', '=', row.project_id)
            .where('key', '=', row.key)
            .execute();
          await addUsage(trx, row.project_id, -row.size);
          return toRecord(address.project, row);
        }),
      ),

    async list(project, limit, cursor) {
      if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
        throw new RangeError(`limit must be 1 to ${MAX_PAGE}`);
      }
      let query = db
        .selectFrom('images')
        .innerJoin('projects', 'projects.id', 'images.project_id')
        .selectAll('images')
        .where('projects.name', '=', project)
        .orderBy('images.created_at', 'desc')
        .orderBy('images.key', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) {
        const { createdAt, key } = readCursor(cursor);
        query = query.where(sql<boolean>`(images.created_at, images.key) < (${createdAt}, ${key})`);
      }
      const rows = await query.execute();
      const images = rows.slice(0, limit).map((row) => toRecord(project, row));
      const last = images.at(-1);
      return { images, cursor: rows.length > limit && last ? writeCursor(last) : null };
    },

    async ping() {
      await sql`SELECT 1`.execute(db);
    },
  };
}

function rowAt(db: Kysely<Database>, { project, key }: ImageAddress) {
  return db
    .selectFrom('images')
    .innerJoin('projects', 'projects.id', 'images.project_id')
    .selectAll('images')
    .where('projects.name', '=', project)
    .where('images.key', '=', key);
}

/** Secrets are encrypted bytes in hexadecimal, empty for none. */
interface ServeSecretColumns {
  readonly project_id: string;
  readonly serve_secret: string;
  readonly previous_serve_secret: string;
  readonly previous_until: number | null;
}

/** Decrypts them at the first question: most images that are read are public. */
function serveSecretsOf(row: ServeSecretColumns, cipher: SecretCipher): FoundImage['serveSecrets'] {
  const open = (hex: string) =>
    cipher.decrypt(Buffer.from(hex, 'hex'), serveSecretPlace(row.project_id));
  let current: readonly [string] | undefined;
  let both: readonly [string, string] | undefined;
  return (now) => {
    current ??= [open(row.serve_secret)];
    if (row.previous_serve_secret === '' || (row.previous_until ?? 0) <= now) return current;
    both ??= [...current, open(row.previous_serve_secret)];
    return both;
  };
}

async function addUsage(trx: Transaction<Database>, projectId: string, bytes: number) {
  await trx
    .updateTable('projects')
    .set((eb) => ({ used_bytes: eb('used_bytes', '+', bytes) }))
    .where('id', '=', projectId)
    .execute();
}

function toRecord(project: string, row: Row): ImageRecord {
  return {
    project,
    key: row.key,
    visibility: row.visibility,
    type: row.type,
    size: row.size,
    width: row.width,
    height: row.height,
    frames: row.frames,
    hasAlpha: row.has_alpha === 1,
    blurhash: row.blurhash,
    focus: toFocus(row),
    sha256: row.sha256,
    objectId: row.object_id,
    version: row.version,
    createdAt: row.created_at,
  };
}

function toFocus({ focus_auto, focus_face }: Row): ImageRecord['focus'] {
  return {
    ...(focus_auto === null ? {} : { auto: JSON.parse(focus_auto) as Focus }),
    ...(focus_face === null ? {} : { face: JSON.parse(focus_face) as Focus }),
  };
}

function toRow(projectId: string, image: NewImage): Row {
  return {
    project_id: projectId,
    key: image.key,
    visibility: image.visibility,
    type: image.type,
    size: image.size,
    width: image.width,
    height: image.height,
    frames: image.frames,
    has_alpha: image.hasAlpha ? 1 : 0,
    blurhash: image.blurhash,
    focus_auto: null,
    focus_face: null,
    sha256: image.sha256,
    object_id: image.objectId,
    version: 1,
    created_at: image.createdAt,
  };
}

function writeCursor({ createdAt, key }: Pick<ImageRecord, 'createdAt' | 'key'>): string {
  return Buffer.from(`${createdAt} ${key}`).toString('base64url');
}

function readCursor(cursor: string): { createdAt: number; key: string } {
  const text = cursor.length <= 256 ? Buffer.from(cursor, 'base64url').toString() : '';
  const match = /^(\d{1,15}) ([a-z0-9.-]{1,128})$/.exec(text);
  const place = match && { createdAt: Number(match[1]), key: match[2] ?? '' };
  // Node reads over what is no base64url: only the one text that we write for a place is a cursor.
  if (place === null || writeCursor(place) !== cursor) {
    throw new InvalidCursorError('the cursor is not one of ours');
  }
  return place;
}
