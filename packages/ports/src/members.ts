import type { NewAuditEntry } from './audit.js';
import type { Project } from './projects.js';

/** The roles of a project's members. Each may do what the ones behind it may. */
export const PROJECT_ROLES = ['owner', 'editor', 'viewer'] as const;

export type ProjectRole = (typeof PROJECT_ROLES)[number];

/** A project, and the role that an account has in it. */
export interface Membership {
  readonly project: Project;
  readonly role: ProjectRole;
}

/** A member of a project. */
export interface ProjectMember {
  readonly accountId: string;
  readonly role: ProjectRole;
  /** Unix milliseconds. */
  readonly addedAt: number;
}

/**
 * Who is a member of which project: the only place that says so, the creator included. Every call sees the latest
 * commit. A change and its audit entry are committed in one transaction; without a change, no entry is written.
 *
 * A project always has an owner, and `accountId` of the project is the account of one: when that account stops being
 * an owner, the project and its secret keys move to the account that has been an owner for the longest time.
 *
 * Whoever stops being an owner leaves nothing behind that would let them back in: pending invitations to the project
 * that they created are revoked. Whoever stops being an owner or editor leaves no upload tokens behind: the server's
 * own key of the project, with which it signs for people, is replaced.
 *
 * A project that is being deleted has no members.
 */
export interface ProjectMembers {
  /** The project with this name, and the role of the account in it; `null` unless it is a member. */
  find(project: string, accountId: string): Promise<Membership | null>;
  /** Every project of which the account is a member, oldest project first. */
  listProjects(accountId: string): Promise<readonly Membership[]>;
  /** The members of a project, those that were added first come first. */
  list(projectId: string): Promise<readonly ProjectMember[]>;
  /** @param invitationId the claimed invitation with which the account joins: the same commit removes it */
  add(
    projectId: string,
    member: Pick<ProjectMember, 'accountId' | 'role'> & { readonly invitationId?: string },
    audit: NewAuditEntry,
  ): Promise<'added' | 'is_member' | 'project_missing'>;
  /** `only_owner`: nothing changed, since the project would have no owner. */
  changeRole(
    projectId: string,
    member: Pick<ProjectMember, 'accountId' | 'role'>,
    audit: NewAuditEntry,
  ): Promise<'changed' | 'unchanged' | 'only_owner' | 'not_member'>;
  /** `only_owner`: nothing changed, since the project would have no owner. */
  remove(
    projectId: string,
    accountId: string,
    audit: NewAuditEntry,
  ): Promise<'removed' | 'only_owner' | 'not_member'>;
}
