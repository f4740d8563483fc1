import type { NewAuditEntry } from './audit.js';
import type { User } from './identity.js';
import type { Project } from './projects.js';

/** A user, as administrators see them. Times are Unix milliseconds. */
export interface Person {
  readonly user: User;
  readonly createdAt: number;
  /** Accurate to the hour; `null`: never. */
  readonly lastSeenAt: number | null;
  /** Projects of which the account is a member. */
  readonly projects: number;
  readonly sessions: number;
  /** CLI tokens that have not expired. */
  readonly cliTokens: number;
  readonly hasSecondFactor: boolean;
}

export interface PeopleQuery {
  /** Part of the email or name, in any case. */
  readonly search?: string;
  /** 1 to 200. */
  readonly limit: number;
  /** Cursor of a {@link PeoplePage}. */
  readonly cursor?: string;
}

export interface PeoplePage {
  /** By email. */
  readonly people: readonly Person[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

/** How a person is removed. */
export interface Removal {
  readonly userId: string;
  /** Account that becomes an owner of every project that would have none; `null`: such a project forbids the removal. */
  readonly successorId: string | null;
  readonly entry: NewAuditEntry;
  /** Makes the entry of each project that the person leaves. */
  projectEntry(
    project: Pick<Project, 'accountId' | 'name'>,
    action: 'member.removed' | 'member.added',
  ): NewAuditEntry;
}

/**
 * The users of the installation, for administrators. A change and its audit entries are committed in one transaction;
 * without a change, no entry is written. There is always an administrator.
 */
export interface People {
  list(query: PeopleQuery): Promise<PeoplePage>;
  find(userId: string): Promise<Person | null>;
  /**
   * Makes a user an administrator, or not. Whoever stops being one leaves no pending invitation behind that only an
   * administrator could have created. `null` for an unknown user.
   */
  setRole(
    userId: string,
    role: User['role'],
    entries: readonly NewAuditEntry[],
  ): Promise<'changed' | 'unchanged' | 'last_admin' | null>;
  /**
   * Removes a user with everything that authenticates them: password, sessions, CLI tokens, approved devices and
   * account-wide secret keys, with every membership, and with the invitations that the user sent. Secret keys of one
   * project stay with the project. The account itself stays, since the audit log names it. `null` for an unknown user.
   */
  remove(
    removal: Removal,
  ): Promise<'removed' | 'last_admin' | { readonly onlyOwnerOf: readonly string[] } | null>;
}
