import type { Identity, Invitations, NewAuditEntry, ProjectRegistry } from '@auraimage/control';
import { encodeBase64url } from '@auraimage/protocol';
import type { Config } from './config.js';

/** Life of a set-up link, in milliseconds: a day. */
const SETUP_MS = 86_400_000;

type Ports = {
  readonly registry: ProjectRegistry;
  readonly identity: Identity;
  readonly invitations: Invitations;
};

/** The account of the oldest project: the one that the first start made. Made where there is none. */
export async function firstAccount(registry: ProjectRegistry): Promise<string> {
  const [first] = await registry.listProjects();
  return first?.accountId ?? registry.createAccount();
}

/** An entry of the audit log about what the server itself does. */
export function bySystem(
  accountId: string,
  action: NewAuditEntry['action'],
  project: string | null,
  target: string,
): NewAuditEntry {
  const actor = { kind: 'system', name: 'aura-server' } as const;
  return { accountId, actor, action, project, target, details: {}, address: '' };
}

/**
 * Lets the first person in, as long as there is nobody: makes the administrator of the settings, or a link
 * that makes one. Links of earlier starts end.
 *
 * @param appUrl where the dashboard is reached
 * @returns the link, or `null` where there is somebody
 */
export async function admitFirst(
  ports: Ports,
  { adminEmail, adminPassword }: Pick<Config, 'adminEmail' | 'adminPassword'>,
  appUrl: string,
): Promise<string | null> {
  const { registry, identity, invitations } = ports;
  if (await identity.hasUsers()) return null;
  const accountId = await firstAccount(registry);
  await invitations.endSetup();
  if (adminEmail !== undefined && adminPassword !== undefined) {
    const email = adminEmail.toLowerCase();
    const role = 'admin';
    await identity.createUser({ accountId, email, name: '', password: adminPassword, role });
    return null;
  }
  const token = encodeBase64url(crypto.getRandomValues(new Uint8Array(32)));
  await invitations.create({
    kind: 'setup',
    accountId,
    invitedBy: null,
    email: null,
    expiresAt: Date.now() + SETUP_MS,
    token,
  });
  return `${appUrl}/dashboard/setup?token=${token}`;
}
