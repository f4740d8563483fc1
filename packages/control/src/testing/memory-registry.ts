import type {
  DeletedImage,
  Deletion,
  NewAuditEntry,
  Project,
  ProjectMember,
  ProjectMembers,
  ProjectRegistry,
  SecretKey,
  ServeSecrets,
} from '@auraimage/ports';

interface Row {
  project: Project;
  secrets: ServeSecrets;
  deleting: boolean;
  members: ProjectMember[];
}

/** A registry in memory that exposes its audit entries, for tests of code that uses the port. */
export interface MemoryRegistry extends ProjectRegistry {
  /** The members of its projects. */
  readonly members: Pick<ProjectMembers, 'find' | 'listProjects' | 'list' | 'add'>;
  readonly entries: readonly NewAuditEntry[];
  /** Adds images to a project. */
  addImages(project: string, count: number): void;
  /** Sets the usage, which otherwise only uploads change. */
  setUsage(project: string, usedBytes: number): void;
}

export function createMemoryRegistry(now: () => number): MemoryRegistry {
  const rows: Row[] = [];
  const accounts: string[] = [];
  const keys: (SecretKey & { secret: string; internal: boolean })[] = [];
  const deletions: (Deletion & { projectId: string; left: DeletedImage[] })[] = [];
  const images = new Map<string, DeletedImage[]>();
  const entries: NewAuditEntry[] = [];
  let counter = 0;
  const nextId = () => `id-${++counter}`;
  const live = (id: string) => rows.find(({ project, deleting }) => !deleting && project.id === id);
  const named = (name: string) => rows.find(({ project }) => project.name === name);
  const withoutSecret = ({ secret, internal, ...key }: (typeof keys)[number]): SecretKey => key;

  const memberships = (accountId: string) =>
    rows
      .filter(({ deleting }) => !deleting)
      .flatMap(({ project, members }) =>
        members
          .filter((member) => member.accountId === accountId)
          .map(({ role }) => ({ project, role })),
      );

  return {
    entries,
    members: {
      find: async (name, accountId) =>
        memberships(accountId).find(({ project }) => project.name === name) ?? null,
      listProjects: async (accountId) => memberships(accountId),
      list: async (projectId) => live(projectId)?.members ?? [],
      async add(projectId, { accountId, role }, entry) {
        live(projectId)?.members.push({ accountId, role, addedAt: now() });
        entries.push(entry);
        return 'added';
      },
    },
    addImages(name, count) {
      const made = Array.from({ length: count }, (_, n) => ({
        project: name,
        key: `${n}.jpg`,
        objectId: `object-${n}`,
      }));
      images.set(name, made);
      const row = named(name);
      if (row) row.project = { ...row.project, images: count };
    },
    setUsage(name, usedBytes) {
      const row = named(name);
      if (row) row.project = { ...row.project, usedBytes };
    },

    async createAccount() {
      const id = nextId();
      accounts.push(id);
      return id;
    },
    async removeAccount(id) {
      accounts.splice(accounts.indexOf(id), 1);
    },
    async firstAccount() {
      return accounts[0] ?? this.createAccount();
    },
    async createProject({ serveSecret, ...facts }, limit, entry) {
      if (named(facts.name)) return 'name_taken';
      const own = rows.filter(({ project }) => project.accountId === facts.accountId);
      if (own.length >= limit) return 'limit_reached';
      const project: Project = {
        ...facts,
        id: nextId(),
        unsignedTransforms: 'any',
        masterMetadata: 'keep',
        usedBytes: 0,
        images: 0,
        createdAt: now(),
      };
      rows.push({
        project,
        secrets: { current: serveSecret, previous: null },
        deleting: false,
        members: [{ accountId: facts.accountId, role: 'owner', addedAt: now() }],
      });
      entries.push(entry);
      return project;
    },
    async findProject(name) {
      const row = named(name);
      return row && !row.deleting ? row.project : null;
    },
    isNameTaken: async (name) => named(name) !== undefined,
    listProjects: async () =>
      rows.filter(({ deleting }) => !deleting).map(({ project }) => project),
    async changeProject(id, changes, added) {
      const row = live(id);
      if (row === undefined) return null;
      if (changes.name !== undefined && named(changes.name)) return 'name_taken';
      row.project = { ...row.project, ...changes };
      entries.push(...added);
      return row.project;
    },

    serveSecrets: async (id) => live(id)?.secrets ?? null,
    async replaceServeSecret(id, current, until, entry) {
      const row = live(id);
      if (row === undefined) return false;
      const secret = row.secrets.current;
      row.secrets = { current, previous: until === null ? null : { secret, until } };
      entries.push(entry);
      return true;
    },
    async endGracePeriod(id, entry) {
      const row = live(id);
      const { current = '', previous = null } = row?.secrets ?? {};
      if (row === undefined || previous === null || previous.until === 0) return false;
      row.secrets = { current, previous: { ...previous, until: 0 } };
      entries.push(entry);
      return true;
    },

    async createSecretKey({ secret, ...facts }, limit, entry) {
      const active = keys.filter((key) => key.projectId === facts.projectId && !key.internal);
      if (active.length >= limit) return 'limit_reached';
      const lastFour = secret.slice(-4);
      const key = { ...facts, id: nextId(), lastFour, createdAt: now(), lastUsedAt: null };
      keys.unshift({ ...key, secret, internal: false });
      entries.push(entry);
      return key;
    },
    listSecretKeys: async (projectId) =>
      keys.filter((key) => !key.internal && key.projectId === projectId).map(withoutSecret),
    async revokeSecretKey(projectId, id, entry) {
      const index = keys.findIndex((key) => key.id === id && key.projectId === projectId);
      if (index < 0) return false;
      keys.splice(index, 1);
      entries.push(entry);
      return true;
    },
    async findSecretKey(secret) {
      const key = keys.find((known) => known.secret === secret && !known.internal);
      return key === undefined ? null : withoutSecret(key);
    },
    internalSecretKey: async (id) => (live(id) ? `sk_live_internal-${id}` : null),

    async beginDeletion(projectId, accountId, entry) {
      const row = live(projectId);
      if (row === undefined) return null;
      row.deleting = true;
      entries.push(entry);
      const { name } = row.project;
      const left = [...(images.get(name) ?? [])];
      const counts = { images: left.length, removed: 0 };
      const times = { startedAt: now(), finishedAt: null };
      const deletion = { id: nextId(), accountId, projectName: name, ...counts, ...times };
      deletions.push({ ...deletion, projectId, left });
      return deletion;
    },
    listDeletions: async (accountId, since) =>
      deletions.filter(
        (one) =>
          one.accountId === accountId && (one.finishedAt ?? Number.POSITIVE_INFINITY) >= since,
      ),
    unfinishedDeletions: async () => deletions.filter(({ finishedAt }) => finishedAt === null),
    listDeletionImages: async (id, limit) =>
      deletions.find((one) => one.id === id)?.left.slice(0, limit) ?? [],
    async removeDeletionImages(id, removed) {
      const index = deletions.findIndex((one) => one.id === id);
      const deletion = deletions[index];
      if (deletion === undefined) return;
      const left = deletion.left.filter(({ key }) => !removed.some((image) => image.key === key));
      deletions[index] = { ...deletion, left, removed: deletion.images - left.length };
    },
    async finishDeletion(id) {
      const index = deletions.findIndex((one) => one.id === id);
      const deletion = deletions[index];
      if (deletion === undefined) return;
      deletions[index] = { ...deletion, finishedAt: now() };
      rows.splice(
        rows.findIndex(({ project }) => project.id === deletion.projectId),
        1,
      );
    },
  };
}
