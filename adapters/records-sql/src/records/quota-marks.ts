import type { Selectable, Transaction } from 'kysely';
import type { Database } from '../database/schema.js';
import type { NewEvent } from './webhook-events.js';

type QuotaMark = Database['projects']['quota_mark'];
type QuotaRow = Pick<
  Selectable<Database['projects']>,
  'id' | 'name' | 'used_bytes' | 'quota_bytes' | 'quota_mark'
>;

/** Shares of the quota from which on a mark is reached, and below which it can be reached again. */
const FULL = { from: 1, until: 0.95 };
const ALMOST = { from: 0.8, until: 0.75 };

/**
 * The mark of a project that stores so much: 80 or 100 percent of its quota, or 0. A mark that was reached stays until
 * the usage is well below it, so that uploads and deletions around it do not reach it again and again.
 *
 * @param wasRefused whether an upload was too large for what is left of the quota: then 95 percent are as good as 100
 */
function markOf(
  { used_bytes: used, quota_bytes: quota, quota_mark: before }: QuotaRow,
  wasRefused: boolean,
): QuotaMark {
  if (quota === null) return 0;
  const share = quota === 0 ? 1 : used / quota;
  if (share >= FULL.from || ((wasRefused || before === 100) && share >= FULL.until)) return 100;
  return share >= ALMOST.from || (before > 0 && share >= ALMOST.until) ? 80 : 0;
}

/**
 * Brings the mark of a project up to date, and emits an event if it is a higher one. Call it after a change of the usage
 * or the quota, in its transaction, which has locked the row.
 */
export async function updateQuotaMark(
  trx: Transaction<Database>,
  emit: (projectId: string, event: NewEvent) => void,
  project: QuotaRow,
  { wasRefused = false } = {},
): Promise<void> {
  const mark = markOf(project, wasRefused);
  if (mark === project.quota_mark) return;
  await trx
    .updateTable('projects')
    .set({ quota_mark: mark })
    .where('id', '=', project.id)
    .execute();
  if (mark < project.quota_mark) return;
  const { name, used_bytes: usedBytes, quota_bytes: quotaBytes } = project;
  const data = { project: name, percent: mark, usedBytes, quotaBytes };
  emit(project.id, { type: 'project.quota', key: '', data });
}

/** The columns that {@link updateQuotaMark} needs. */
export const QUOTA_COLUMNS = ['id', 'name', 'used_bytes', 'quota_bytes', 'quota_mark'] as const;

/**
 * Adds to the usage of a project, negative numbers subtract, and emits an event if that reaches a mark of its quota.
 *
 * @param project as it was before, locked
 */
export async function addUsage(
  trx: Transaction<Database>,
  emit: (projectId: string, event: NewEvent) => void,
  project: QuotaRow,
  added: { readonly bytes: number; readonly images: number },
): Promise<void> {
  await trx
    .updateTable('projects')
    .set((eb) => ({
      used_bytes: eb('used_bytes', '+', added.bytes),
      image_count: eb('image_count', '+', added.images),
    }))
    .where('id', '=', project.id)
    .execute();
  await updateQuotaMark(trx, emit, { ...project, used_bytes: project.used_bytes + added.bytes });
}
