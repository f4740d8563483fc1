import type { ChangeOrigin, Preset, PresetRecords, PresetRules } from '@auraimage/ports';
import { isPresetName } from '@auraimage/protocol';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { SqlConnection } from '../database/connection.js';
import type { Database } from '../database/schema.js';
import { transact } from '../database/transaction.js';
import { addAuditEntry } from './audit.js';
import { liveProjects } from './projects.js';

type Row = Selectable<Database['presets']>;
type Columns = Pick<Row, 'transform' | 'open' | 'watermark'>;

/** Presets as rows of one table, by project and name. */
export function createPresetRecords(
  db: Kysely<Database>,
  { prepareRead, withReserve }: Pick<SqlConnection, 'prepareRead' | 'withReserve'>,
): PresetRecords {
  const rulesAt = (project: string, name: string) =>
    liveProjects(db)
      .innerJoin('presets', 'presets.project_id', 'projects.id')
      .select(['presets.transform', 'presets.open', 'presets.watermark'])
      .where('projects.name', '=', project)
      .where('presets.name', '=', name);
  const find = prepareRead(rulesAt('', '').compile(), toRules);

  return {
    find: async (project, name) => find(project, name),

    async list(projectId) {
      const rows = await liveProjects(db)
        .innerJoin('presets', 'presets.project_id', 'projects.id')
        .selectAll('presets')
        .where('projects.id', '=', projectId)
        .orderBy('presets.name')
        .execute();
      return rows.map(toPreset);
    },

    put: (projectId, { name, transform, open, watermark }, limit, origin) =>
      // Taking back the mark `open` revokes access.
      withReserve(() =>
        transact(db, async (trx) => {
          const project = await lockedProject(trx, projectId);
          if (project === undefined) return 'project_missing';
          const previous = await presetAt(trx, projectId, name);
          const columns: Columns = {
            transform,
            open: open ? 1 : 0,
            watermark: watermark && textOf(watermark),
          };
          if (watermark !== null && !(await isPublicImage(trx, projectId, watermark.key))) {
            return 'watermark_missing';
          }
          if (previous !== undefined && isSame(previous, columns)) {
            return { preset: toPreset(previous), created: false };
          }
          if (previous === undefined) {
            if (await hasFolder(trx, projectId, name)) return 'folder_exists';
            if ((await countPresets(trx, projectId)) >= limit) return 'limit_reached';
          }
          const row: Row = { project_id: projectId, name, ...columns, updated_at: Date.now() };
          await trx
            .insertInto('presets')
            .values(row)
            .onConflict((conflict) =>
              conflict
                .columns(['project_id', 'name'])
                .doUpdateSet({ ...columns, updated_at: row.updated_at }),
            )
            .execute();
          await addPresetEntry(trx, project, { row, previous }, origin);
          return { preset: toPreset(row), created: previous === undefined };
        }),
      ),

    remove: (projectId, name, origin) =>
      withReserve(() =>
        transact(db, async (trx) => {
          const project = await lockedProject(trx, projectId);
          const previous = project && (await presetAt(trx, projectId, name));
          if (project === undefined || previous === undefined) return false;
          await trx
            .deleteFrom('presets')
            .where('project_id', '=', projectId)
            .where('name', '=', name)
            .execute();
          await addPresetEntry(trx, project, { row: null, previous }, origin);
          return true;
        }),
      ),
  };
}

/**
 * Whether a key begins with the name of a preset and a slash. Ask in a transaction that has locked the project, as
 * `put` does: then neither of the two can be added unseen.
 */
export async function isInPresetFolder(
  trx: Transaction<Database>,
  projectId: string,
  key: string,
): Promise<boolean> {
  const slash = key.indexOf('/');
  const name = key.slice(0, Math.max(slash, 0));
  return isPresetName(name) && (await presetAt(trx, projectId, name)) !== undefined;
}

interface LockedProject {
  readonly id: string;
  readonly account_id: string;
  readonly name: string;
}

function lockedProject(trx: Transaction<Database>, id: string): Promise<LockedProject | undefined> {
  return liveProjects(trx)
    .select(['id', 'account_id', 'name'])
    .where('id', '=', id)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

function presetAt(
  trx: Transaction<Database>,
  projectId: string,
  name: string,
): Promise<Row | undefined> {
  return trx
    .selectFrom('presets')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('name', '=', name)
    .executeTakeFirst();
}

async function countPresets(trx: Transaction<Database>, projectId: string): Promise<number> {
  const { presets } = await trx
    .selectFrom('presets')
    .select((eb) => eb.fn.countAll<number>().as('presets'))
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow();
  return Number(presets);
}

async function isPublicImage(
  trx: Transaction<Database>,
  projectId: string,
  key: string,
): Promise<boolean> {
  const query = trx
    .selectFrom('images')
    .select('visibility')
    .where('project_id', '=', projectId)
    .where('key', '=', key);
  return (await query.executeTakeFirst())?.visibility === 'public';
}

/** Whether an image has a name in the folder. `0` is the character behind `/`, and keys are compared by bytes. */
async function hasFolder(
  trx: Transaction<Database>,
  projectId: string,
  name: string,
): Promise<boolean> {
  const query = trx
    .selectFrom('images')
    .select('key')
    .where('project_id', '=', projectId)
    .where('key', '>', `${name}/`)
    .where('key', '<', `${name}0`)
    .limit(1);
  return (await query.executeTakeFirst()) !== undefined;
}

/** Adds the audit entry of a change, in the change's own transaction. */
async function addPresetEntry(
  trx: Transaction<Database>,
  project: LockedProject,
  { row, previous }: { readonly row: Row | null; readonly previous: Row | undefined },
  { actor, address }: ChangeOrigin,
): Promise<void> {
  const [now, before] = [row && detailsOf(row), previous && detailsOf(previous)];
  const entry = {
    accountId: project.account_id,
    actor,
    action:
      now === null ? 'preset.deleted' : before === undefined ? 'preset.created' : 'preset.changed',
    project: project.name,
    target: (row ?? previous)?.name ?? null,
    details: {
      ...(now ?? before),
      ...(now !== null && before !== undefined
        ? {
            previousTransform: before.transform,
            previousOpen: before.open,
            previousWatermark: before.watermark,
          }
        : {}),
    },
    address,
  } as const;
  await addAuditEntry(trx, entry, project.id, Date.now());
}

function detailsOf({ transform, open, watermark }: Row) {
  return { transform, open: open === 1, watermark };
}

function isSame(a: Columns, b: Columns): boolean {
  return a.transform === b.transform && a.open === b.open && a.watermark === b.watermark;
}

/** The same text for the same watermark. */
function textOf({ key, position, scale, opacity, tile }: NonNullable<PresetRules['watermark']>) {
  return JSON.stringify({ key, position, scale, opacity, tile });
}

function toRules({ transform, open, watermark }: Columns): PresetRules {
  return {
    transform,
    open: open === 1,
    watermark:
      watermark === null ? null : (JSON.parse(watermark) as NonNullable<PresetRules['watermark']>),
  };
}

function toPreset(row: Row): Preset {
  return { name: row.name, ...toRules(row), updatedAt: row.updated_at };
}
