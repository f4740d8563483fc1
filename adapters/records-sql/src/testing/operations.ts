import { newAuditEntry, newImage, ORIGIN } from '@auraimage/ports/contracts';
import { createObjectRows } from '../records/object-rows.js';
import type { SqlRecords } from '../records/records.js';

/** A project with many images. */
export interface FilledProject {
  readonly name: string;
  readonly id: string;
  readonly accountId: string;
  /** Keys of images, and ids of their objects. */
  readonly keys: readonly [string, string, string];
  readonly objectIds: readonly string[];
  readonly webhookId: string;
}

export type Operation = (records: SqlRecords, project: FilledProject) => Promise<unknown>;

const limit = 20;
const LIMITS = { perWebhook: 100, perProject: 100 };

/**
 * What requests and jobs do with records of which there may be millions. Each has to cost the same however many there
 * are. The search of a text without a hit is absent: it reads an index from one end to the other.
 */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  'a read': async ({ images }, { name, keys }) => images.find({ project: name, key: keys[0] }),
  'a list': ({ images }, { name }) => images.list(name, { limit }),
  'the next page of a list': async ({ images }, { name }) => {
    const { cursor } = await images.list(name, { limit });
    return images.list(name, { limit, ...(cursor === null ? {} : { cursor }) });
  },
  'a list by visibility': ({ images }, { name }) =>
    images.list(name, { limit, visibility: 'private' }),
  'a list by SHA-256': ({ images }, { name }) =>
    images.list(name, { limit, sha256: 'a'.repeat(64) }),
  'a search with hits': ({ images }, { name }) => images.list(name, { limit, search: 'photo' }),
  'a folder': ({ images }, { name }) =>
    images.listFolder(name, { limit, prefix: 'albums/', grouped: false }),
  'a folder with folders': ({ images }, { name }) =>
    images.listFolder(name, { limit, prefix: '', grouped: true }),
  'the newest images of projects': ({ images }, { name }) => images.newest([name], 3),
  'an upload': ({ images }, { name, id }) =>
    images.insert({ ...newImage(name, 1), projectId: id, uploadedBy: ORIGIN }),
  'an upload with a name that is taken': ({ images }, { name, id, keys }) =>
    images.insert({ ...newImage(name, 2), projectId: id, key: keys[1] }, ORIGIN),
  'a flip': ({ images }, { name, keys }) =>
    images.setVisibility({ project: name, key: keys[0] }, 'private', ORIGIN),
  'a revocation of links': ({ images }, { name, keys }) =>
    images.revokeLinks({ project: name, key: keys[0] }, 1, ORIGIN),
  'a rename': ({ images }, { name, keys }) =>
    images.rename({ project: name, key: keys[0] }, 'renamed.jpg', ORIGIN),
  'a change of metadata': ({ images }, { name, keys }) =>
    images.setMetadata({ project: name, key: keys[1] }, { customer: '42' }, ORIGIN),
  'a deletion': ({ images }, { name, keys }) =>
    images.remove({ project: name, key: keys[2] }, ORIGIN),
  'the keys and the quota for an upload': ({ projects }, { name }) => projects.uploadPolicy(name),
  'a write of usage': ({ usage }, { name }) =>
    usage.add([{ project: name, hour: Date.now(), counts: { readsOk: 1 } }]),
  'the projects of a member': ({ members }, { accountId }) => members.listProjects(accountId),
  'the audit log of a project': ({ audit }, { name }) => audit.list({ project: name, limit }),
  'the audit log of an account': ({ audit }, { accountId }) => audit.list({ accountId, limit }),
  'the next page of an audit log': async ({ audit }, { name: project }) => {
    const { cursor } = await audit.list({ project, limit });
    return audit.list({ project, limit, ...(cursor === null ? {} : { cursor }) });
  },
  'the retention of the audit log': ({ audit }) => audit.removeOld(Date.now(), limit),
  'the sweep of orphans': async ({ kysely }, { objectIds }) => {
    const rows = createObjectRows(kysely);
    await rows.naming(objectIds);
    return rows.after('', limit);
  },
  'the sweep of the cache': ({ images }, { objectIds }) => images.versionsOf(objectIds),
  'a claim of deliveries': async ({ deliveries }) => {
    await deliveries.release((await deliveries.claim(10, LIMITS, 1000)).deliveries);
  },
  'the result of a delivery': async ({ deliveries }) => {
    const [claimed] = (await deliveries.claim(1, LIMITS, 1000)).deliveries;
    if (claimed === undefined) throw new Error('no delivery is due');
    const attempt = { at: Date.now(), milliseconds: 1, status: 200, problem: null, answer: '' };
    await deliveries.settle(claimed, attempt, { kind: 'delivered' });
  },
  'the deliveries of a webhook': ({ webhooks }, { id, webhookId }) =>
    webhooks.listDeliveries(id, webhookId, { limit }),
  // Last, because it deletes the project.
  'the deletion of a project': async ({ registry }, { id, accountId }) => {
    const entry = newAuditEntry(accountId, 'project.deleted');
    const deletion = await registry.beginDeletion(id, accountId, entry);
    const images = await registry.listDeletionImages(deletion?.id ?? '', limit);
    if (images.length !== limit) throw new Error('the deletion has no images');
    await registry.removeDeletionImages(deletion?.id ?? '', images);
  },
};

/**
 * Fills new records with so many images, as many entries of the audit log, and a finished delivery for each.
 *
 * @param run runs SQL that both dialects have, without our code
 */
export async function fillRecords(
  records: SqlRecords,
  run: (sql: string) => Promise<unknown>,
  count: number,
): Promise<FilledProject> {
  const name = 'my-app';
  const accountId = await records.registry.createAccount();
  const project = await records.registry.createProject(
    { accountId, name, serveSecret: 'psk_live_1', allowedOrigins: [], quotaBytes: null },
    10,
    newAuditEntry(accountId, 'project.created'),
  );
  if (typeof project === 'string') throw new Error(project);
  const facts = { url: 'https://consumer.example/', types: [], secret: 'whsec_1' };
  const webhook = await records.webhooks.create(project.id, facts, 10, ORIGIN);
  if (typeof webhook === 'string') throw new Error(webhook);
  const image = { ...newImage(name, 0), projectId: project.id, uploadedBy: ORIGIN };
  await records.images.insert(image);
  const numbers = `(WITH RECURSIVE numbers (n) AS (
    SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count}) SELECT n FROM numbers) AS numbers`;
  await run(`INSERT INTO images (project_id, key, visibility, type, size, width, height, frames, has_alpha,
      blurhash, sha256, object_id, version, search, created_at)
    SELECT project_id, CASE WHEN n % 2 = 0 THEN 'albums/' ELSE 'photo-' END || n, visibility, type, size, width,
      height, frames, has_alpha, blurhash, sha256, 'object-' || n, version, search, created_at - n
    FROM images CROSS JOIN ${numbers}`);
  await run(`INSERT INTO audit_log (id, account_id, project_id, project_name, at, actor_kind, actor_name, action,
      details, address)
    SELECT 'entry-' || n, account_id, project_id, project_name, at - n, actor_kind, actor_name, action, details,
      address
    FROM audit_log CROSS JOIN ${numbers} WHERE action = 'image.uploaded'`);
  await run(`INSERT INTO webhook_deliveries (id, webhook_id, event_seq, state, blocked, attempts, next_at,
      created_at, finished_at)
    SELECT 'dlv_' || n, webhook_id, event_seq, 'delivered', 0, 1, next_at, created_at, created_at
    FROM webhook_deliveries CROSS JOIN ${numbers}`);
  const keys = ['photo-1', 'photo-3', 'photo-5'] as const;
  const objectIds = Array.from({ length: 20 }, (_, n) => `object-${n + 1}`);
  return { name, id: project.id, accountId, keys, objectIds, webhookId: webhook.id };
}
