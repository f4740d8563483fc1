import { createProject, createSecretKey } from '@auraimage/control';
import type { NewAuditEntry, ProjectRegistry } from '@auraimage/ports';

/** The variables that a developer puts into `.env`. */
export interface EnvBlock {
  readonly secretKey: string;
  readonly serveSecret: string;
  readonly projectName: string;
  readonly cdnUrl: string;
}

export interface ProvisionOptions {
  readonly name: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes: number | null;
}

/** Creates a project with a secret key in the first account, which is created if there is none. */
export async function provisionProject(
  registry: ProjectRegistry,
  options: ProvisionOptions,
  cdnUrl: string,
): Promise<EnvBlock> {
  const accountId = await registry.firstAccount();
  const created = bySystem(accountId, 'project.created', options.name, options.name);
  const project = await createProject(registry, { accountId, ...options }, created);
  const name = 'first key';
  const keyCreated = bySystem(accountId, 'secret_key.created', options.name, name);
  const { secret: secretKey } = await createSecretKey(registry, project, name, keyCreated);
  const secrets = await registry.serveSecrets(project.id);
  if (secrets === null) throw new Error(`project ${project.name} has no serve secret`);
  return { secretKey, serveSecret: secrets.current, projectName: project.name, cdnUrl };
}

/** The block as lines of a `.env` file. */
export function formatEnvBlock(block: EnvBlock): string {
  return [
    `AURA_SECRET_KEY=${block.secretKey}`,
    `AURA_SERVE_SECRET=${block.serveSecret}`,
    `NEXT_PUBLIC_AURA_PROJECT_NAME=${block.projectName}`,
    `NEXT_PUBLIC_AURA_CDN_URL=${block.cdnUrl}`,
  ].join('\n');
}

/** An audit entry about something that the server itself did. */
export function bySystem(
  accountId: string,
  action: NewAuditEntry['action'],
  project: string | null,
  target: string,
): NewAuditEntry {
  const actor = { kind: 'system', name: 'aura-server' } as const;
  return { accountId, actor, action, project, target, details: {}, address: '' };
}
