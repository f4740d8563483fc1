import { ask, type Reply } from './serve-request.js';
import { handToken, now } from './serve-token.js';

/** Claims of a visibility token (contract §2), with changes. */
export function visibilityClaims(
  projectName: string,
  key: string,
  visibility: unknown,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const iat = now();
  return { projectName, act: 'visibility', f: key, visibility, iat, exp: iat + 300, ...changes };
}

export function visibilityToken(
  secretKey: string,
  ...claims: Parameters<typeof visibilityClaims>
): string {
  return handToken(visibilityClaims(...claims), secretKey);
}

/** `PATCH /v1/images/{project}/{key}` with a token. */
export function patch(
  url: string,
  image: string,
  token: string,
  body: string | Uint8Array,
): Promise<Reply> {
  return ask(`${url}/v1/images/${image}`, {
    method: 'PATCH',
    headers: { 'X-Aura-Signature': token, 'Content-Type': 'application/json' },
    body,
  });
}

/** The same with a secret key as bearer token. */
export function patchAs(
  url: string,
  image: string,
  secretKey: string,
  body: string,
): Promise<Reply> {
  return ask(`${url}/v1/images/${image}`, {
    method: 'PATCH',
    headers: { Authorization: `Bearer ${secretKey}` },
    body,
  });
}

/** The body that sets a visibility. */
export function setTo(visibility: unknown): string {
  return JSON.stringify({ visibility });
}
