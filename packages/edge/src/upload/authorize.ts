import { type UploadClaims, verifySecretKeyToken } from '@auraimage/protocol';
import { EdgeError } from '../errors.js';
import type { EdgePorts, UploadPolicy } from '../ports.js';

export interface UploadGrant {
  readonly claims: UploadClaims;
  readonly policy: UploadPolicy;
}

/**
 * Everything that is decided before the body is read, in the contract's order: signature and expiry
 * (401), origin (403), rate (429), quota (402).
 */
export async function authorizeUpload(
  { projects, uploadRate, clock }: Pick<EdgePorts, 'projects' | 'uploadRate' | 'clock'>,
  headers: Headers,
  client: string,
): Promise<UploadGrant> {
  const token = headers.get('x-aura-signature');
  if (token === null) throw new EdgeError('upload_token_required');
  let policy: UploadPolicy | null = null;
  const secretKeysOf = async (project: string) => {
    policy = await projects.uploadPolicy(project);
    return policy?.secretKeys ?? [];
  };
  const verdict = await verifySecretKeyToken(token, secretKeysOf, Math.floor(clock.now() / 1000));
  if (!verdict.ok || 'act' in verdict.claims || policy === null) {
    throw new EdgeError('upload_token_invalid');
  }
  const grant: UploadGrant = { claims: verdict.claims, policy };
  checkOrigin(headers.get('origin'), grant.policy);
  await takeFromRate(uploadRate, client, grant.claims.projectName);
  checkQuota(grant.policy);
  return grant;
}

/** Browsers always send `Origin` on a cross-origin POST; servers send none and are let through. */
function checkOrigin(origin: string | null, { allowedOrigins }: UploadPolicy): void {
  if (origin === null || allowedOrigins.length === 0 || allowedOrigins.includes(origin)) return;
  throw new EdgeError('origin_not_allowed');
}

async function takeFromRate(
  uploadRate: EdgePorts['uploadRate'],
  client: string,
  project: string,
): Promise<void> {
  const wait = await uploadRate.take(client, project);
  if (wait === 0) return;
  throw new EdgeError('rate_limited', { headers: { 'Retry-After': String(wait) } });
}

function checkQuota({ quotaBytes, usedBytes }: UploadPolicy): void {
  if (quotaBytes !== null && usedBytes >= quotaBytes) throw new EdgeError('quota_exceeded');
}
