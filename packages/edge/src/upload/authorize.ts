import { ApiError, type RequestFacts, verifySignature } from '@auraimage/http';
import { type ChangeOrigin, type EncodeWork, networkOf, type UploadPolicy } from '@auraimage/ports';
import type { UploadClaims } from '@auraimage/protocol';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { checkBudget } from '../render/charge.js';

export interface UploadGrant {
  readonly claims: UploadClaims;
  /** Who uploads, for the audit entry. */
  readonly origin: ChangeOrigin;
  readonly policy: UploadPolicy;
  /** Whom the inspection of the file counts for. */
  readonly work: EncodeWork & { readonly client: string };
}

/**
 * Runs every check that comes before the body is read, in the contract's order: signature and expiry (401),
 * origin (403), rate and encode budget (429), quota (402).
 *
 * @throws {ApiError} the first check that fails
 */
export async function authorizeUpload(
  ports: Pick<EdgePorts, 'projects' | 'uploadRate' | 'encodeBudget' | 'clock'>,
  { appOrigin }: Pick<EdgeOptions, 'appOrigin'>,
  headers: Headers,
  client: string,
  facts: RequestFacts,
): Promise<UploadGrant> {
  const token = headers.get('x-aura-signature');
  if (token === null) throw new ApiError('upload_token_required');
  const signed = await verifySignature(ports, token);
  if (!signed.ok) throw invalidToken(signed.problem);
  if ('act' in signed.claims) throw invalidToken(undefined);
  const { claims, policy, key } = signed;
  facts.secretKeyId = key.id;
  checkOrigin(headers.get('origin'), policy, appOrigin);
  // The server signed for somebody who is signed in: a folder of thousands of files, whose project bounds it.
  await checkRate(ports.uploadRate, key.internal ? null : client, claims.projectName);
  const work = { project: claims.projectName, client: networkOf(client), signed: true };
  await checkBudget(ports.encodeBudget, work);
  // A replacement may be smaller than what it replaces: its commit tells.
  if (claims.overwrite !== true) checkQuota(policy);
  const actor = { kind: 'upload_token', name: key.name } as const;
  return { claims, policy, work, origin: { actor, address: client } };
}

function invalidToken(problem: string | undefined): ApiError {
  return new ApiError(
    'upload_token_invalid',
    problem === undefined ? {} : { message: `Invalid upload token: ${problem}` },
  );
}

/** Browsers send `Origin` with every cross-origin POST. Servers send none, and are allowed. */
function checkOrigin(
  origin: string | null,
  { allowedOrigins }: UploadPolicy,
  appOrigin: string | undefined,
): void {
  if (origin === null || origin === appOrigin) return;
  if (allowedOrigins.length === 0 || allowedOrigins.includes(origin)) return;
  throw new ApiError('origin_not_allowed');
}

async function checkRate(
  uploadRate: EdgePorts['uploadRate'],
  client: string | null,
  project: string,
): Promise<void> {
  const wait = await uploadRate.consume(client, project);
  if (wait === 0) return;
  throw new ApiError('rate_limited', { retryAfterSeconds: wait });
}

function checkQuota({ quotaBytes, usedBytes }: UploadPolicy): void {
  if (quotaBytes !== null && usedBytes >= quotaBytes) throw new ApiError('quota_exceeded');
}
