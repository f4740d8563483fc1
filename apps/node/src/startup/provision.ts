import { createProject, createSecretKey } from '@auraimage/control';
import type { NewAuditEntry, ProjectRegistry } from '@auraimage/ports';

/** What a developer puts into `.env`. */
export interface EnvBlock {
  readonly secretKey: string;
  readonly serveSecret: string;
  readonly projectName: string;
  readonly cdnUrl: string;
}

export interface ProvisionOptions {
  readonly name: string;
  readonly allowedOrigins?: readonly string[];
  readonly quotaBytes?: number | null;
}

/** Makes a project with a secret key, in the first account, which it makes where there is none. */
export async function provisionProject(
  registry: ProjectRegistry,
  options: ProvisionOptions,
  cdnUrl: string,
): Promise<EnvBlock> {
  const accountId = await registry.firstAccount();
  const made = bySystem(accountId, 'project.created', options.name, options.name);
  const project = await createProject(registry, { accountId, ...options }, made);
  const name = 'first key';
  const keyMade = bySystem(accountId, 'secret_key.created', options.name, name);
  const { secret: secretKey } = await createSecretKey(registry, project, name, keyMade);
  const secrets = await registry.serveSecrets(project.id);
  if (secrets === null) throw new Error(`project ${project.name} has no serve secret`);
  return { secretKey, serveSecret: secrets.current, projectName: project.name, cdnUrl };
}

/** The block as text, a line each. */
export function formatEnvBlock(block: EnvBlock): string {
  return [
    `AURA_SECRET_KEY=${block.secretKey}`,
    `AURA_SERVE_SECRET=${block.serveSecret}`,
    `NEXT_PUBLIC_AURA_PROJECT_NAME=${block.projectName}`,
    `NEXT_PUBLIC_AURA_CDN_URL=${block.cdnUrl}`,
  ].join('\n');
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
