import type { AuditActor, Project } from '@auraimage/ports';
import { SECRET_KEY_PREFIX } from '@auraimage/protocol';
import type { ControlOptions } from '../context.js';
import type { ControlPorts } from '../ports.js';
import { bearerOf, createFindCaller, type Stranger } from './authenticate.js';
import type { CredentialRequest } from './cross-site.js';

/** Whether credentials open a project. */
type AccessVerdict =
  | {
      readonly granted: true;
      readonly actor: AuditActor & { readonly kind: 'session' | 'cli_token' | 'secret_key' };
      /** The key that opened it, where it was one. */
      readonly secretKeyId?: string;
    }
  /** `other`: they are somebody's, but do not open this project, or there is none. */
  | { readonly granted: false; readonly refusal: Stranger | 'other' };

export interface AccessCheck {
  check(request: CredentialRequest, project: string): Promise<AccessVerdict>;
}

/**
 * The check that the edge asks: secret keys of the project, and sessions and CLI tokens of its account.
 * A project of another account and none at all are refused alike, after the same look-ups.
 */
export function createAccess(
  ports: Pick<ControlPorts, 'identity' | 'cliTokens'> & {
    readonly registry: Pick<ControlPorts['registry'], 'findProject' | 'findSecretKey'>;
  },
  options: Pick<ControlOptions, 'appUrl'>,
): AccessCheck {
  const { registry } = ports;
  const findCaller = createFindCaller(ports, options);

  async function bySecretKey(secret: string, name: string): Promise<AccessVerdict> {
    const key = await registry.findSecretKey(secret);
    if (key === null) return refused('unknown');
    const project = await registry.findProject(name);
    const opens = key.projectId === null || key.projectId === project?.id;
    if (!opens || !belongs(project, key.accountId)) return refused('other');
    const actor = { kind: 'secret_key', name: key.name } as const;
    return { granted: true, actor, secretKeyId: key.id };
  }

  return {
    async check(request, name) {
      const bearer = bearerOf(request);
      if (bearer?.startsWith(SECRET_KEY_PREFIX)) return bySecretKey(bearer, name);
      const caller = await findCaller(request);
      if (typeof caller === 'string') return refused(caller);
      const { kind, user } = caller;
      if (!belongs(await registry.findProject(name), user.accountId)) return refused('other');
      return { granted: true, actor: { kind, name: user.email } };
    },
  };
}

function belongs(project: Project | null, accountId: string): boolean {
  return project?.accountId === accountId;
}

function refused(refusal: Stranger | 'other'): AccessVerdict {
  return { granted: false, refusal };
}
