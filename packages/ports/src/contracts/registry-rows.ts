import type {
  AuditAction,
  AuditLog,
  NewAuditEntry,
  NewProject,
  Project,
  ProjectRegistry,
  SecretKey,
} from '../index.js';

/** A database with no account, project and key. */
export interface ProjectRegistrySetup {
  readonly registry: ProjectRegistry;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: ProjectRegistry;
  readonly audit: AuditLog;
  /** Adds an image of so many bytes to a project; `false` where there is no such project. */
  addImage(project: string, key: string, bytes: number): Promise<boolean>;
  close(): Promise<void>;
}

/** Texts that are nobody's name, id or secret. */
export const STRANGE_TEXTS = [
  '',
  ' ',
  "' OR 1=1 --",
  '%',
  '__proto__',
  'MY-APP',
  'my-app\0',
  'x'.repeat(10_000),
];

/** What the audit log gets with a change. */
export function entry(
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

/** One account in a database, and short ways to make things in it. */
export interface RegistryRows extends ProjectRegistrySetup {
  readonly accountId: string;
  newProject(facts?: Partial<NewProject>): NewProject;
  makeProject(facts?: Partial<NewProject>): Promise<Project>;
  /** Keys that are made one after the other have times that differ. */
  makeKey(projectId: string | null, secret: string, limit?: number): Promise<SecretKey | null>;
  by(action: AuditAction): NewAuditEntry;
  /** Actions in the account's audit log, the oldest first, but for the making of projects and keys. */
  actions(): Promise<AuditAction[]>;
}

export async function createRegistryRows(setup: ProjectRegistrySetup): Promise<RegistryRows> {
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
    by: (action) => entry(accountId, action),
    async makeProject(facts = {}) {
      const made = newProject(facts);
      const by = entry(made.accountId, 'project.created', { project: made.name });
      const project = await registry.createProject(made, 100, by);
      if (typeof project === 'string') throw new Error(project);
      return project;
    },
    async makeKey(projectId, secret, limit = 100) {
      await nextMillisecond();
      const key = { accountId, projectId, name: `key ${secret}`, secret };
      const by = entry(accountId, 'secret_key.created');
      const made = await registry.createSecretKey(key, limit, by);
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

/** Ends when the clock has gone on: "newest first" says nothing within one millisecond. */
export async function nextMillisecond(): Promise<void> {
  const start = Date.now();
  while (Date.now() <= start) await new Promise<void>((resolve) => setTimeout(resolve));
}
