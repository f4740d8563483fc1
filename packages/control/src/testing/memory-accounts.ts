import type {
  AttemptKind,
  AttemptLimiter,
  AuditEntry,
  AuditLog,
  CliToken,
  CliTokens,
  Invitation,
  InvitationScope,
  Invitations,
  ProjectMembers,
} from '@auraimage/ports';
import { CodedError } from '@auraimage/protocol';

/** CLI tokens in memory. */
export function createMemoryCliTokens(
  now: () => number = Date.now,
  audit: AuditLog = createMemoryAudit(),
): CliTokens {
  const tokens = new Map<string, CliToken>();
  let made = 0;
  return {
    async create({ userId, name, token, expiresAt }, entry) {
      const times = { createdAt: now(), lastUsedAt: null, expiresAt };
      const row = { id: `token-${++made}`, userId, name, lastFour: token.slice(-4), ...times };
      tokens.set(token, row);
      await audit.append([{ ...entry, at: now() }]);
      return row;
    },
    async find(token) {
      const found = tokens.get(token) ?? null;
      return (found?.expiresAt ?? Number.POSITIVE_INFINITY) <= now() ? 'expired' : found;
    },
    removeOld: async () => 0,
    list: async (userId) => [...tokens.values()].filter((each) => each.userId === userId).reverse(),
    async revoke(userId, id, entry) {
      for (const [token, row] of tokens) {
        if (row.id !== id || row.userId !== userId) continue;
        await audit.append([{ ...entry, at: now() }]);
        return tokens.delete(token);
      }
      return false;
    },
  };
}

/** Invitations in memory, to the projects of these members. */
export function createMemoryInvitations(
  members: Pick<ProjectMembers, 'list'>,
  now: () => number = Date.now,
  audit: AuditLog = createMemoryAudit(),
): Invitations {
  const rows = new Map<
    string,
    { readonly token: string; readonly row: Invitation; open: boolean }
  >();
  let made = 0;
  const isOpen = (each: { open: boolean; row: Invitation }) =>
    each.open && each.row.expiresAt > now();
  return {
    async create({ token, project, ...facts }, entry) {
      if (project !== null) {
        const listed = await members.list(project.id);
        const inviter = listed.find(({ accountId }) => accountId === facts.invitedBy);
        if (inviter === undefined) throw new CodedError('project_not_found');
        if (inviter.role !== 'owner') throw new CodedError('role_forbidden');
        const open = [...rows.values()].filter(
          (each) => isOpen(each) && each.row.project?.id === project.id,
        );
        if (listed.length + open.length >= project.limit) throw new CodedError('member_limit');
      }
      const joined = project && {
        id: project.id,
        role: project.role,
        accountId: 'account',
        name: `name of ${project.id}`,
      };
      const times = { createdAt: now() };
      const row = { ...facts, project: joined, id: `invitation-${++made}`, ...times };
      rows.set(row.id, { token, row, open: true });
      if (entry !== null) await audit.append([{ ...entry, at: now() }]);
      return row;
    },
    find: async (token) =>
      [...rows.values()].find((each) => each.token === token && isOpen(each))?.row ?? null,
    async claim(id) {
      const found = rows.get(id);
      if (found === undefined || !isOpen(found)) return false;
      found.open = false;
      return true;
    },
    async release(id) {
      const found = rows.get(id);
      if (found !== undefined) found.open = true;
    },
    async list(scope) {
      const own = [...rows.values()].filter(({ row }) => isWithin(scope, row));
      return own
        .filter(isOpen)
        .map(({ row }) => row)
        .reverse();
    },
    async revoke(scope, id, entry) {
      const found = rows.get(id);
      if (found === undefined || !isWithin(scope, found.row)) return false;
      rows.delete(id);
      if (!isOpen(found)) return false;
      await audit.append([{ ...entry, at: now() }]);
      return true;
    },
    async revokeSetupLinks() {
      for (const each of rows.values()) if (each.row.kind === 'setup') each.open = false;
    },
  };
}

function isWithin(scope: InvitationScope, { invitedBy, project }: Invitation): boolean {
  return 'projectId' in scope
    ? project?.id === scope.projectId
    : project === null && invitedBy === scope.invitedBy;
}

/** An audit log in memory, oldest first. */
export function createMemoryAudit(): AuditLog & { readonly entries: readonly AuditEntry[] } {
  const entries: AuditEntry[] = [];
  return {
    entries,
    async append(added) {
      entries.push(...added.map((entry) => ({ ...entry, id: `entry ${entries.length}` })));
    },
    list: async () => ({ entries: [...entries].reverse(), cursor: null }),
    removeOld: async () => 0,
  };
}

/** Most attempts of every kind, or of some. */
export type MemoryLimits = number | Partial<Record<AttemptKind, number>>;

/** Attempt counts in memory, which never expire. */
export function createMemoryAttempts(limits: MemoryLimits): AttemptLimiter {
  const limitOf = (kind: AttemptKind) =>
    typeof limits === 'number' ? limits : (limits[kind] ?? Number.POSITIVE_INFINITY);
  const counts = new Map<string, number>();
  const count = (kind: string, who: string, more: number) => {
    const next = Math.max(0, (counts.get(`${kind} ${who}`) ?? 0) + more);
    counts.set(`${kind} ${who}`, next);
    return next;
  };
  return {
    consume: async (kind, who) => (count(kind, who, 1) > limitOf(kind) ? 60 : 0),
    refund: async (kind, who) => void count(kind, who, -1),
    reset: async (kind, who) => void counts.delete(`${kind} ${who}`),
  };
}
