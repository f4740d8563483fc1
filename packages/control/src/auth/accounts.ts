import { ApiError, type RequestContext } from '@auraimage/http';
import type {
  Invitation,
  NewAuditEntry,
  NewInvitation,
  ProviderAccount,
  User,
} from '@auraimage/ports';
import { encodeBase64url } from '@auraimage/protocol';
import type { ControlOptions, ControlPorts } from '../ports.js';
import { auditEntry, type Caller } from './access.js';
import { checkPassword, readEmail } from './credentials.js';

const DAY = 86_400_000;

type LinkPorts = Pick<ControlPorts, 'invitations' | 'clock'>;
type LinkOptions = Pick<ControlOptions, 'appUrl'>;
type AcceptPorts = Pick<ControlPorts, 'invitations' | 'identity'> & {
  readonly members: Pick<ControlPorts['members'], 'add'>;
  readonly registry: Pick<ControlPorts['registry'], 'createAccount' | 'removeAccount'>;
};

export interface NewPerson {
  readonly email: string;
  /** `null` for a person who signs in at a provider. */
  readonly password: string | null;
  readonly provider?: ProviderAccount;
  /** Default: the part of the email before the `@`. */
  readonly name?: string | undefined;
}

/**
 * Creates a link that creates the first user. It is valid for 24 hours and works once. The first use of
 * any set-up link invalidates all of them.
 *
 * @param accountId the account that the user will belong to
 * @param others `end` invalidates every earlier set-up link; `keep` is for servers that start together
 *
 * @example
 * if (!(await identity.hasUsers())) print(await createSetupLink(ports, { appUrl }, accountId));
 */
export async function createSetupLink(
  { invitations, clock }: LinkPorts,
  { appUrl }: LinkOptions,
  accountId: string,
  others: 'end' | 'keep' = 'end',
): Promise<string> {
  if (others === 'end') await invitations.revokeSetupLinks();
  const token = createToken();
  const expiresAt = clock.now() + DAY;
  const facts = { kind: 'setup', accountId, invitedBy: null, email: null, expiresAt } as const;
  await invitations.create({ ...facts, project: null, token }, null);
  return `${appUrl}/dashboard/setup?token=${token}`;
}

/**
 * Creates a link with which one person can create an account of their own, or join a project with any account. It is
 * valid for 7 days and works once.
 */
export async function createInvitation(
  { invitations, clock }: LinkPorts,
  { appUrl }: LinkOptions,
  {
    invitedBy,
    ...given
  }: Pick<NewInvitation, 'email' | 'project'> & { readonly invitedBy: string },
  entry: NewAuditEntry,
): Promise<Invitation & { readonly url: string }> {
  const token = createToken();
  const expiresAt = clock.now() + 7 * DAY;
  const facts = { kind: 'invitation', accountId: null, invitedBy, expiresAt } as const;
  const invitation = await invitations.create({ ...facts, ...given, token }, entry);
  return { ...invitation, url: `${appUrl}/dashboard/invite?token=${token}` };
}

function createToken(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The open invitation of a token. Set-up links are open only while there is no user. */
export async function findOpenInvitation(
  { invitations, identity }: Pick<AcceptPorts, 'invitations' | 'identity'>,
  token: string,
): Promise<Invitation | null> {
  const invitation = await invitations.find(token);
  const isLate = invitation?.kind === 'setup' && (await identity.hasUsers());
  return isLate ? null : invitation;
}

/**
 * Creates the user that a link invites, and adds it to the link's project. The link stays valid if the user cannot be
 * created or added.
 *
 * @throws {ApiError} `invitation_invalid`, `email_invalid`, `password_weak`, `email_taken`
 */
export async function acceptInvitation(
  ports: AcceptPorts,
  token: string,
  person: NewPerson,
  context: Pick<RequestContext, 'client'>,
): Promise<User> {
  const { invitations, identity, registry } = ports;
  const invitation = await findOpenInvitation(ports, token);
  if (invitation === null) throw new ApiError('invitation_invalid');
  const email = readEmail(person.email);
  checkInvited(invitation, email);
  if (person.password !== null) checkPassword(person.password);
  const { id, kind } = invitation;
  if (!(await invitations.claim(id))) throw new ApiError('invitation_invalid');
  try {
    const role = kind === 'setup' ? 'admin' : 'member';
    const user = await inAccount(registry, invitation.accountId, (accountId) =>
      createUser(identity, { ...person, email }, accountId, role),
    );
    if (kind === 'setup') await invitations.revokeSetupLinks();
    const added = await joinProject(ports.members, invitation, { kind: 'session', user }, context);
    // The person has an account now, and learns the reason when they open the link again.
    if (added !== null && added !== 'added') await invitations.release(id);
    return user;
  } catch (error) {
    await invitations.release(id);
    throw error;
  }
}

/**
 * Adds a user to the project of a link. The link stays valid if the user cannot be added.
 *
 * @throws {ApiError} `invitation_invalid`, `email_invalid`, `member_exists`
 */
export async function acceptMembership(
  { invitations, members }: Pick<AcceptPorts, 'invitations' | 'members'>,
  invitation: Invitation,
  caller: Pick<Caller, 'kind' | 'user'>,
  context: Pick<RequestContext, 'client'>,
): Promise<NonNullable<Invitation['project']>> {
  const { project } = invitation;
  if (project === null) throw new ApiError('invitation_invalid');
  checkInvited(invitation, caller.user.email);
  if (!(await invitations.claim(invitation.id))) throw new ApiError('invitation_invalid');
  try {
    switch (await joinProject(members, invitation, caller, context)) {
      case 'is_member':
        throw new ApiError('member_exists', {
          message: `You are a member of "${project.name}" already`,
        });
      case 'project_missing':
        throw new ApiError('invitation_invalid');
      default:
        return project;
    }
  } catch (error) {
    await invitations.release(invitation.id);
    throw error;
  }
}

/** @throws {ApiError} `email_invalid` */
function checkInvited(invitation: Invitation, email: string): void {
  if (invitation.email === null || invitation.email === email) return;
  throw new ApiError('email_invalid', { message: `This link is for ${invitation.email}` });
}

/** `null` for a link without a project. */
async function joinProject(
  members: AcceptPorts['members'],
  { id: invitationId, project }: Invitation,
  caller: Pick<Caller, 'kind' | 'user'>,
  context: Pick<RequestContext, 'client'>,
) {
  if (project === null) return null;
  const { accountId, email } = caller.user;
  const { role } = project;
  const subject = { project, target: email, details: { role } };
  const entry = auditEntry(caller, context, 'member.added', subject);
  return members.add(project.id, { accountId, role, invitationId }, entry);
}

/**
 * Creates a user in an account.
 *
 * @param given the account, or `null` for a new one, which is removed if the user cannot be created
 */
async function inAccount(
  registry: AcceptPorts['registry'],
  given: string | null,
  create: (accountId: string) => Promise<User>,
): Promise<User> {
  const accountId = given ?? (await registry.createAccount());
  try {
    return await create(accountId);
  } catch (error) {
    // The removal can fail like the creation: this is the error to report.
    if (given === null) await registry.removeAccount(accountId).catch(() => {});
    throw error;
  }
}

/** Creates a user with an account of their own, without an invitation. @throws {ApiError} `email_taken` */
export function createMember(
  { identity, registry }: Pick<AcceptPorts, 'identity' | 'registry'>,
  person: NewPerson,
): Promise<User> {
  return inAccount(registry, null, (accountId) =>
    createUser(identity, person, accountId, 'member'),
  );
}

async function createUser(
  identity: ControlPorts['identity'],
  { email, password, provider, name = email.slice(0, email.indexOf('@')) }: NewPerson,
  accountId: string,
  role: User['role'],
): Promise<User> {
  const link = provider && { provider };
  const user = await identity.createUser({ accountId, email, name, password, role, ...link });
  if (user === 'email_taken') throw new ApiError('email_taken');
  return user;
}
