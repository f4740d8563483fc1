import { ControlError, createFirstUser, createSetupLink } from '@auraimage/control';
import type {
  AuditLog,
  Identity,
  Invitations,
  NewAuditEntry,
  ProjectRegistry,
} from '@auraimage/ports';
import type { Config } from '../config/config.js';

interface Ports {
  readonly registry: ProjectRegistry;
  readonly identity: Identity;
  readonly invitations: Invitations;
  readonly audit: AuditLog;
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
 * that makes one. Links of earlier starts end, but where several servers may share the database: one that
 * starts must not take away what another has just printed.
 *
 * @param appUrl where the dashboard is reached
 * @returns the link, or `null` where there is somebody
 */
export async function admitFirst(
  ports: Ports,
  config: Pick<Config, 'adminEmail' | 'adminPassword' | 'databaseUrl'>,
  appUrl: string,
): Promise<string | null> {
  if (await ports.identity.hasUsers()) return null;
  const accountId = await ports.registry.firstAccount();
  const clock = { now: Date.now };
  const { adminEmail: email, adminPassword: password } = config;
  if (email === undefined || password === undefined) {
    const others = config.databaseUrl === undefined ? 'end' : 'keep';
    return createSetupLink({ ...ports, clock }, { appUrl }, accountId, others);
  }
  await ports.invitations.endSetup();
  const user = await createFirstUser(ports, accountId, { email, password }).catch(unlessTaken);
  if (user === null) return null;
  const made = bySystem(accountId, 'account.created', null, user.email);
  await ports.audit.append([{ ...made, at: clock.now() }]);
  return null;
}

/** Another server that starts with the same settings was quicker. */
function unlessTaken(error: unknown): null {
  if (error instanceof ControlError && error.code === 'email_taken') return null;
  throw error;
}
