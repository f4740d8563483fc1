import type { ServeSecrets } from '@auraimage/ports';
import {
  CLOCK_ALLOWANCE_SECONDS,
  MAX_SERVE_SECONDS,
  parseClaims,
  parseImageAddress,
  type ServeClaims,
  splitToken,
  verifyServeToken,
} from '@auraimage/protocol';

export const LINK_VERDICTS = [
  'ok',
  'not_a_link',
  'other_project',
  'project_not_found',
  'image_not_found',
  'image_public',
  'missing',
  'malformed',
  'wrong_signature',
  'old_secret',
  'other_image',
  'expired',
  'expires_too_late',
  'revoked',
  'repeated',
] as const;
type LinkVerdict = (typeof LINK_VERDICTS)[number];

/** What a link's address says, before anything is looked up. */
export interface Link {
  readonly project: string;
  readonly key: string;
  /** Every `token` of the query, decoded. */
  readonly tokens: readonly string[];
}

/** What is known about the image that a link names. */
export interface LinkImage {
  readonly visibility: 'public' | 'private';
  readonly linksRevokedAt: number | null;
}

export interface LinkDiagnosis {
  readonly verdict: LinkVerdict;
  /** One sentence, for people. */
  readonly explanation: string;
}

/** Reads a link as the edge would read its address; `null` where it is none. */
export function readLink(text: string): Link | null {
  if (!URL.canParse(text)) return null;
  const { protocol, pathname, searchParams } = new URL(text);
  const address = /^https?:$/.test(protocol) ? parseImageAddress(pathname.slice(1)) : null;
  return address && { ...address, tokens: searchParams.getAll('token') };
}

/**
 * The claims of a token that nobody has verified: for its owner to look at, never to be believed.
 * `null` where it has none of a serve token's.
 */
export function shownClaims([token]: readonly string[]): Partial<ServeClaims> | null {
  const split = token === undefined ? null : splitToken(token);
  const claims = split && parseClaims(split);
  if (claims === null) return null;
  const { p, f, exp, iat } = claims;
  return {
    ...(typeof p === 'string' ? { p } : {}),
    ...(typeof f === 'string' ? { f } : {}),
    ...(Number.isSafeInteger(exp) ? { exp: exp as number } : {}),
    ...(Number.isSafeInteger(iat) ? { iat: iat as number } : {}),
  };
}

/** Says why a link to an image of the caller's does or does not open it: as the edge decides, in more words. */
export async function diagnoseLink(
  link: Link,
  image: LinkImage | null,
  secrets: ServeSecrets,
  nowMilliseconds: number,
): Promise<LinkDiagnosis> {
  const now = Math.floor(nowMilliseconds / 1000);
  if (image === null) return say('image_not_found', 'The project has no image of this key');
  if (image.visibility === 'public') {
    return say('image_public', 'The image is public: it opens with any token and without one');
  }
  const [token, ...more] = link.tokens;
  if (token === undefined) return say('missing', 'The link has no token, and the image is private');
  if (more.length > 0) return say('repeated', 'The link has more than one token');
  const { current, previous } = secrets;
  const keys = previous === null ? [current] : [current, previous.secret];
  const expected = { p: link.project, f: link.key };
  const verdict = await verifyServeToken(token, expected, keys, now);
  const claims = shownClaims(link.tokens);
  if (!verdict.ok) return explain(verdict.reason, claims, link, now);
  if (verdict.secretIndex === 1 && (previous?.until ?? 0) <= nowMilliseconds) {
    return say('old_secret', 'Signed with the serve secret before the current one: it has ended');
  }
  if (image.linksRevokedAt !== null && !isIssuedSince(image.linksRevokedAt, verdict.claims, now)) {
    return say('revoked', 'Links to this image were stopped after this one was signed');
  }
  return say('ok', `The link works for another ${span(verdict.claims.exp - now)}`);
}

type Refusal = Extract<Awaited<ReturnType<typeof verifyServeToken>>, { ok: false }>['reason'];

function explain(
  reason: Refusal,
  claims: Partial<ServeClaims> | null,
  { project }: Link,
  now: number,
): LinkDiagnosis {
  const { p = project, exp = now } = claims ?? {};
  // A token of another project is signed with a secret of which this project knows nothing.
  if (p !== project) return say('other_project', `The token names the project "${shorten(p)}"`);
  switch (reason) {
    case 'malformed':
      return say('malformed', 'The token is cut off, or is no token');
    case 'wrong_claims':
      return say('malformed', 'The token is signed, but is no serve token');
    case 'other_image':
      return say('other_image', `The token is for "${shorten(claims?.f ?? '')}"`);
    case 'expired':
      return say('expired', `Expired ${span(now - exp)} ago`);
    case 'expires_too_late':
      return say(
        'expires_too_late',
        `It would work for another ${span(exp - now)}, and 7 days are the most: look at the clock of the server that signed it`,
      );
    default:
      return say(
        'wrong_signature',
        'Signed with a secret that is not the serve secret of this project, or changed since',
      );
  }
}

/** As the edge decides: see its `serve/authorize.ts`. */
function isIssuedSince(second: number, { iat, exp }: ServeClaims, now: number): boolean {
  if (iat === undefined) return exp > second + MAX_SERVE_SECONDS;
  return iat >= second && iat <= now + CLOCK_ALLOWANCE_SECONDS;
}

function say(verdict: LinkVerdict, explanation: string): LinkDiagnosis {
  return { verdict, explanation };
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time in its largest whole unit, such as `3 minutes`. */
function span(seconds: number): string {
  for (const [unit, size] of UNITS) {
    const count = Math.floor(Math.abs(seconds) / size);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return '0 seconds';
}
