import type { AuditAction, NewAuditEntry, NewProject, ProjectRegistry } from '@auraimage/ports';
import {
  describeAuditLog,
  describeCliTokens,
  describeDeliveryQueue,
  describeImageRecords,
  describeInvitations,
  describeObjectRows,
  describePeople,
  describePresetRecords,
  describeProjectMembers,
  describeProjectRegistry,
  describeProjectSecrets,
  describeReceiptKeys,
  describeRecipientRecords,
  describeUsageRecords,
  describeWebhookRecords,
  type TestImage,
  withTestImages,
} from '@auraimage/ports/contracts';
import type { SqlRecords } from '@auraimage/records-sql';
// Where there are no files, too.
import { createObjectRows } from '@auraimage/records-sql/d1';
import { countSessions, makeAdmin, makePerson, makeSession, makeUser } from './users.js';
import { webhooksSetup } from './webhooks-setup.js';

/** One empty database, opened twice: the second connection simulates another process. */
export interface OpenedTwice {
  readonly records: SqlRecords;
  readonly other: SqlRecords;
  /** Closes both. */
  close(): Promise<void>;
}

/** Declares the contract suites of all ports for the opened databases. */
export function declareContracts(name: string, openTwice: () => Promise<OpenedTwice>): void {
  describeProjectRegistry(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      registry: records.registry,
      other: other.registry,
      audit: records.audit,
      addImage: async (project, key, bytes) =>
        typeof (await withTestImages(records).insert(newImage(project, bytes, key))) === 'object',
      close,
    };
  });

  describeImageRecords(name, async () => {
    const { records, other, close } = await openTwice();
    const { registry } = records;
    const accountId = await registry.createAccount();
    return {
      images: withTestImages(records),
      other: withTestImages(other),
      audit: records.audit,
      accountId,
      makeProject: (name, options) => makeProject(records, { accountId, name, ...options }),
      async replaceServeSecret(project, secret, previousUntil) {
        const id = await idOf(registry, project);
        const rotated = by(accountId, 'serve_secret.rotated');
        await registry.replaceServeSecret(id, secret, previousUntil, rotated);
      },
      async changeProject(project, changes) {
        await registry.changeProject(await idOf(registry, project), changes, []);
      },
      async beginDeletion(project) {
        await registry.beginDeletion(
          await idOf(registry, project),
          accountId,
          by(accountId, 'project.deleted'),
        );
      },
      usedBytes: async (project) => (await registry.findProject(project))?.usedBytes ?? -1,
      imageCount: async (project) => (await registry.findProject(project))?.images ?? -1,
      close,
    };
  });

  describeObjectRows(name, async () => {
    const { records, close } = await openTwice();
    const { registry, kysely } = records;
    const accountId = await registry.createAccount();
    return {
      rows: createObjectRows(kysely),
      images: withTestImages(records),
      makeProject: (name) => makeProject(records, { accountId, name }),
      async beginDeletion(project) {
        await registry.beginDeletion(
          await idOf(registry, project),
          accountId,
          by(accountId, 'project.deleted'),
        );
      },
      close,
    };
  });

  describePresetRecords(name, async () => {
    const { records, other, close } = await openTwice();
    const { registry } = records;
    const accountId = await registry.createAccount();
    return {
      presets: records.presets,
      other: other.presets,
      images: withTestImages(records),
      audit: records.audit,
      accountId,
      async makeProject(name) {
        await makeProject(records, { accountId, name });
        return idOf(registry, name);
      },
      async renameProject(id, name) {
        await registry.changeProject(id, { name }, []);
      },
      deleteProject: (id) => deleteProject(registry, accountId, id),
      close,
    };
  });

  describeProjectMembers(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      members: records.members,
      other: other.members,
      invitations: records.invitations,
      registry: records.registry,
      audit: records.audit,
      makeAdmin: () => makeAdmin(records),
      makeProject: (accountId, name) => makeProject(records, { accountId, name }),
      close,
    };
  });

  describeProjectSecrets(name, async () => {
    const { records, other, close } = await openTwice();
    const { registry } = records;
    const accountId = await registry.createAccount();
    return {
      projects: records.projects,
      other: other.projects,
      makeAccount: () => registry.createAccount(),
      makeProject: (accountId, name, options) =>
        makeProject(records, { accountId, name, ...options }),
      async makeKey(accountId, project, secret) {
        await nextMillisecond();
        const projectId = project === null ? null : await idOf(registry, project);
        const facts = { accountId, projectId, name: `name of ${secret}`, secret };
        const key = await registry.createSecretKey(facts, 100, by(accountId, 'secret_key.created'));
        if (key === 'limit_reached') throw new Error(key);
        return key.id;
      },
      async revokeKey(project, id) {
        const projectId = await idOf(registry, project);
        await registry.revokeSecretKey(projectId, id, by(accountId, 'secret_key.revoked'));
      },
      async internalKey(project) {
        const secret = await registry.internalSecretKey(await idOf(registry, project));
        if (secret === null) throw new Error(`no project ${project}`);
        return secret;
      },
      async beginDeletion(project) {
        await registry.beginDeletion(
          await idOf(registry, project),
          accountId,
          by(accountId, 'project.deleted'),
        );
      },
      async addImage(project, size) {
        await withTestImages(records).insert(newImage(project, size));
      },
      close,
    };
  });

  describeCliTokens(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      cliTokens: records.cliTokens,
      other: other.cliTokens,
      audit: records.audit,
      makeAccount: () => records.registry.createAccount(),
      makeUser: () => makeUser(records),
      close,
    };
  });

  describeInvitations(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      invitations: records.invitations,
      other: other.invitations,
      audit: records.audit,
      makeAdmin: () => makeAdmin(records),
      close,
    };
  });

  describePeople(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      ...records,
      other: other.people,
      makeUser: (name, role) => makePerson(records, name, role),
      makeSession: (userId, expiresAt) => makeSession(records, userId, expiresAt),
      countSessions: (userId) => countSessions(records, userId),
      async makeProject(accountId, name) {
        await makeProject(records, { accountId, name });
        return idOf(records.registry, name);
      },
      close,
    };
  });

  describeReceiptKeys(name, async () => {
    const { records, other, close } = await openTwice();
    return { receiptKeys: records.receiptKeys, other: other.receiptKeys, close };
  });

  describeAuditLog(name, async () => {
    const { records, other, close } = await openTwice();
    return {
      audit: records.audit,
      other: other.audit,
      makeAccount: () => records.registry.createAccount(),
      async makeProject(accountId, name) {
        // Its audit entry belongs to a separate account.
        const elsewhere = await records.registry.createAccount();
        await makeProject(records, { accountId, name }, elsewhere);
      },
      close,
    };
  });

  describeUsageRecords(name, async () => {
    const { records, other, close } = await openTwice();
    const accountId = await records.registry.createAccount();
    for (const name of ['my-app', 'other-app']) await makeProject(records, { accountId, name });
    return {
      usage: records.usage,
      other: other.usage,
      registry: records.registry,
      async addImage(project, bytes) {
        await withTestImages(records).insert(newImage(project, bytes));
      },
      countNamed: () => countNamed(records),
      close,
    };
  });

  const openWebhooks = async () => {
    const opened = await openTwice();
    const { registry } = opened.records;
    const accountId = await registry.createAccount();
    return webhooksSetup(opened, {
      accountId,
      async makeProject(name) {
        await makeProject(opened.records, { accountId, name });
        return idOf(registry, name);
      },
      deleteProject: (id) => deleteProject(registry, accountId, id),
    });
  };
  describeWebhookRecords(name, openWebhooks);
  describeDeliveryQueue(name, openWebhooks);

  describeRecipientRecords(name, async () => {
    const { records, other, close } = await openTwice();
    const { registry, recipients, usage, audit } = records;
    const accountId = await registry.createAccount();
    for (const name of ['my-app', 'other-app']) await makeProject(records, { accountId, name });
    const db = records.kysely.withTables<RecipientTables>();
    const count = async (table: keyof RecipientTables) => {
      const counted = db.selectFrom(table).select((eb) => eb.fn.countAll<number>().as('rows'));
      return (await counted.executeTakeFirstOrThrow()).rows;
    };
    return {
      recipients,
      other: other.recipients,
      usage,
      audit,
      accountId,
      async insertRevocations(project, subs, revoked_at) {
        const project_id = await idOf(registry, project);
        for (let at = 0; at < subs.length; at += 500) {
          const rows = subs.slice(at, at + 500).map((sub) => ({ project_id, sub, revoked_at }));
          await db.insertInto('revoked_recipients').values(rows).execute();
        }
      },
      async renameProject(project, name) {
        await registry.changeProject(await idOf(registry, project), { name }, []);
      },
      async deleteProject(project) {
        const entry = by(accountId, 'project.deleted');
        const deletion = await registry.beginDeletion(
          await idOf(registry, project),
          accountId,
          entry,
        );
        await registry.finishDeletion(deletion?.id ?? '');
      },
      countRows: async () => ({
        revocations: await count('revoked_recipients'),
        reads: await countNamed(records),
      }),
      close,
    };
  });
}

type RecipientTables = {
  revoked_recipients: { project_id: string; sub: string; revoked_at: number };
};

async function countNamed({ kysely }: SqlRecords): Promise<number> {
  const db = kysely.withTables<{ named_usage: { name: string } }>();
  const counted = db.selectFrom('named_usage').select((eb) => eb.fn.countAll<number>().as('rows'));
  return (await counted.executeTakeFirstOrThrow()).rows;
}

/** Starts to delete a project. @returns what removes its images and finishes */
async function deleteProject(registry: ProjectRegistry, accountId: string, id: string) {
  const deletion = await registry.beginDeletion(id, accountId, by(accountId, 'project.deleted'));
  return async () => {
    if (deletion === null) throw new Error('no such project');
    const images = await registry.listDeletionImages(deletion.id, 100);
    await registry.removeDeletionImages(deletion.id, images);
    await registry.finishDeletion(deletion.id);
  };
}

async function idOf(registry: ProjectRegistry, name: string): Promise<string> {
  const project = await registry.findProject(name);
  if (project === null) throw new Error(`no project ${name}`);
  return project.id;
}

const by = (accountId: string, action: AuditAction): NewAuditEntry => ({
  accountId,
  actor: { kind: 'system', name: '' },
  action,
  project: null,
  target: null,
  details: {},
  address: '',
});

/** @param account whose log gets the entry */
async function makeProject(
  { registry }: SqlRecords,
  facts: Partial<NewProject> & Pick<NewProject, 'accountId' | 'name'>,
  account = facts.accountId,
) {
  const defaults = { serveSecret: 'psk_live_first', allowedOrigins: [], quotaBytes: null };
  await registry.createProject({ ...defaults, ...facts }, 100, by(account, 'project.created'));
}

let images = 0;
const newImage = (
  project: string,
  size: number,
  key = `abc123xyz0-${++images}.jpg`,
): TestImage => ({
  project,
  key,
  visibility: 'public',
  type: 'image/jpeg',
  size,
  width: 1,
  height: 1,
  frames: 1,
  hasAlpha: false,
  blurhash: '',
  sha256: '',
  objectId: `object ${project}/${key}`,
  fileName: null,
  createdAt: 0,
});

async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise((resolve) => setTimeout(resolve));
}
