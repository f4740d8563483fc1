import type {
  AuditAction,
  AuditLog,
  NewAuditEntry,
  NewProject,
  Project,
  ProjectRegistry,
  SecretKey,
} from '../index.js';

/** A database without accounts, projects and keys. */
export interface ProjectRegistrySetup {
  readonly registry: ProjectRegistry;
  /** The same records through another connection, as another process has it. */
  readonly other: ProjectRegistry;
  readonly audit: AuditLog;
  /** Adds an image to a project. Resolves with `false` for an unknown project. */
  addImage(project: string, key: string, bytes: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Texts that are no name, key, id or secret of any row, although some resemble one. */
export const HOSTILE_TEXTS = [
  '',
  ' ',
  "'",
  "' OR 1=1 --",
  '%',
  '_______',
  '*',
  '../my-app',
  'MY-APP',
  'my-app ',
  'my-app\0',
  'mу-app', // a Cyrillic "u"
  '__proto__',
  'x'.repeat(10_000),
];

/** An audit entry for a change. */
export function newAuditEntry(
  accountId: string,
  action: AuditAction,
  facts: Partial<NewAuditEntry> = {},
): NewAuditEntry {
  return {
    accountId,
    actor: { kind: 'session', name: 'ada@example.com' },
    action,
    project: 'my-app',
    target: null,
    details: {},
    address: '192.0.2.7',
    ...facts,
  };
}

/** A database with one account, and short ways to add to it. */
export interface RegistryFixture extends ProjectRegistrySetup {
  readonly accountId: string;
  newProject(facts?: Partial<NewProject>): NewProject;
  makeProject(facts?: Partial<NewProject>): Promise<Project>;
  /** Keys have distinct creation times. `null` when the limit is reached. */
  makeKey(projectId: string | null, secret: string, limit?: number): Promise<SecretKey | null>;
  newEntry(action: AuditAction): NewAuditEntry;
  /** Actions in the account's audit log, oldest first, without the creation of projects and keys. */
  actions(): Promise<AuditAction[]>;
}

export async function createRegistryFixture(setup: ProjectRegistrySetup): Promise<RegistryFixture> {
  const { registry, audit } = setup;
  const accountId = await registry.createAccount();
  const newProject = (facts: Partial<NewProject> = {}): NewProject => ({
    accountId,
    name: 'my-app',
    serveSecret: 'psk_live_one',
    allowedOrigins: [],
    quotaBytes: null,
    ...facts,
  });
  return {
    ...setup,
    accountId,
    newProject,
    newEntry: (action) => newAuditEntry(accountId, action),
    async makeProject(facts = {}) {
      const made = newProject(facts);
      const entry = newAuditEntry(made.accountId, 'project.created', { project: made.name });
      const project = await registry.createProject(made, 100, entry);
      if (typeof project === 'string') throw new Error(project);
      return project;
    },
    async makeKey(projectId, secret, limit = 100) {
      await nextMillisecond();
      const key = { accountId, projectId, name: `key ${secret}`, secret };
      const entry = newAuditEntry(accountId, 'secret_key.created');
      const made = await registry.createSecretKey(key, limit, entry);
      return made === 'limit_reached' ? null : made;
    },
    async actions() {
      const { entries } = await audit.list({ accountId, limit: 200 });
      return entries
        .map(({ action }) => action)
        .filter((action) => action !== 'project.created' && action !== 'secret_key.created')
        .reverse();
    },
  };
}

/** Resolves in a later millisecond, so that records have distinct creation times. */
export async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise<void>((resolve) => setTimeout(resolve));
}
