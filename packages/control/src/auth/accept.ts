import type { Invitation, User } from '@auraimage/ports';
import { ControlError } from '../errors.js';
import type { ControlPorts } from '../ports.js';
import { checkPassword, readEmail } from './credentials.js';
import type { AuthServices } from './services.js';

type AcceptPorts = Pick<AuthServices['ports'], 'invitations' | 'identity' | 'registry'>;

export interface NewPerson {
  readonly email: string;
  readonly password: string;
  /** What stands before the `@`, where this is absent. */
  readonly name?: string | undefined;
}

/**
 * Makes the user that a link is for. The link is used up, unless the user could not be made.
 *
 * @throws {ControlError} `invitation_invalid`, `email_invalid`, `password_weak`, `email_taken`
 */
export async function acceptInvitation(
  ports: AcceptPorts,
  token: string,
  person: NewPerson,
): Promise<User> {
  const { invitations, identity } = ports;
  const invitation = await findOpen(ports, token);
  if (invitation === null) throw new ControlError('invitation_invalid');
  const email = readEmail(person.email);
  if (invitation.email !== null && invitation.email !== email) {
    throw new ControlError('email_invalid', { message: `This link is for ${invitation.email}` });
  }
  checkPassword(person.password);
  if (!(await invitations.claim(invitation.id))) throw new ControlError('invitation_invalid');
  try {
    const user = await createUser(ports, invitation, { ...person, email });
    if (invitation.kind === 'setup') await invitations.revokeSetupLinks();
    return user;
  } catch (error) {
    await invitations.release(invitation.id);
    throw error;
  }

  async function createUser(
    { registry }: AcceptPorts,
    { kind, accountId }: Invitation,
    { name = nameIn(email), password }: NewPerson,
  ): Promise<User> {
    const user = await identity.createUser({
      accountId: accountId ?? (await registry.createAccount()),
      email,
      name,
      password,
      role: kind === 'setup' ? 'admin' : 'member',
    });
    if (user === 'email_taken') throw new ControlError('email_taken');
    return user;
  }
}

/** The open invitation of a token. A set-up link is one for as long as there is no user. */
export async function findOpen(
  { invitations, identity }: Pick<AcceptPorts, 'invitations' | 'identity'>,
  token: string,
): Promise<Invitation | null> {
  const invitation = await invitations.find(token);
  const isLate = invitation?.kind === 'setup' && (await identity.hasUsers());
  return isLate ? null : invitation;
}

/**
 * Makes the first user without a link: for those who set a server up by its settings.
 *
 * @throws {ControlError} `email_invalid`, `password_weak`, `email_taken`
 */
export async function createFirstUser(
  { identity }: Pick<ControlPorts, 'identity'>,
  accountId: string,
  person: NewPerson,
): Promise<User> {
  const email = readEmail(person.email);
  checkPassword(person.password);
  const { name = nameIn(email), password } = person;
  const user = await identity.createUser({ accountId, email, name, password, role: 'admin' });
  if (user === 'email_taken') throw new ControlError('email_taken');
  return user;
}

function nameIn(email: string): string {
  return email.slice(0, email.indexOf('@'));
}
