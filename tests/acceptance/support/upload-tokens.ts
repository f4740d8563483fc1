import { createHmac } from 'node:crypto';
import type { Credentials } from '../../harness/server.js';

/** Signs any claims or text as in the signature spec, without the SDK, which would refuse most of them. */
export function sign(claims: unknown, secret: string): string {
  const text = typeof claims === 'string' ? claims : JSON.stringify(claims);
  const payload = Buffer.from(text).toString('base64url');
  return `${payload}.${hmac(payload, secret)}`;
}

/** The signature of a payload's base64url text. */
export function hmac(payload: string, secret: string): string {
  return createHmac('sha256', secret).update(payload).digest('base64url');
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Claims of a valid upload token, with changes; a claim set to `undefined` is omitted. */
export function uploadClaims(
  { projectName }: Pick<Credentials, 'projectName'>,
  changes: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  const iat = nowSeconds();
  const exp = iat + 600;
  return { projectName, maxSize: 1_000_000, allowedTypes: ['image/*'], iat, exp, ...changes };
}
