import type { Invitation } from '@auraimage/ports';
import { encodeBase64url } from '@auraimage/protocol';
import type { ControlOptions } from '../context.js';
import type { ControlPorts } from '../ports.js';

const DAY = 86_400_000;

type LinkPorts = Pick<ControlPorts, 'invitations' | 'clock'>;
type LinkOptions = Pick<ControlOptions, 'appUrl'>;

/**
 * Makes the link with which the first user is made, for 24 hours, once. Whichever of several is used first
 * ends them all.
 *
 * @param accountId the account that the user will belong to
 * @param others `end`: every such link from before ends. `keep`: other servers may have made them just now
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
  const token = makeToken();
  const expiresAt = clock.now() + DAY;
  const facts = { kind: 'setup', accountId, invitedBy: null, email: null, expiresAt } as const;
  await invitations.create({ ...facts, token });
  return `${appUrl}/dashboard/setup?token=${token}`;
}

/** Makes a link that invites somebody to an account of their own, for 7 days, once. */
export async function createInvitation(
  { invitations, clock }: LinkPorts,
  { appUrl }: LinkOptions,
  invitedBy: string,
  email: string | null,
): Promise<Invitation & { readonly url: string }> {
  const token = makeToken();
  const expiresAt = clock.now() + 7 * DAY;
  const facts = { kind: 'invitation', accountId: null, invitedBy, email, expiresAt } as const;
  const invitation = await invitations.create({ ...facts, token });
  return { ...invitation, url: `${appUrl}/dashboard/invite?token=${token}` };
}

function makeToken(): string {
  return encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
}
