import type { FoundImage, ImageRecord, ServeSecrets } from '@auraimage/ports';
import {
  isIssuedSince,
  type KeyCandidate,
  type NamedPreset,
  namedPreset,
  parseClaims,
  parsePresetPath,
  parseReadPath,
  parseTransform,
  type ReadAddress,
  type RecipientRefusal,
  recipientProblem,
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
  'preset_open',
  'preset_not_found',
  'missing',
  'malformed',
  'wrong_signature',
  'old_secret',
  'other_image',
  'expired',
  'expires_too_late',
  'revoked',
  'recipient_revoked',
  'iat_out_of_range',
  'above_ceiling',
  'repeated',
] as const;
type LinkVerdict = (typeof LINK_VERDICTS)[number];

/** The parts of a link, before anything is looked up. */
export interface Link extends Pick<ReadAddress, 'project' | 'candidates' | 'preset'> {
  /** Every `token` of the query, decoded. */
  readonly tokens: readonly string[];
  /** Whether its options name the original. They do not if the link has an extension, too, which names a format. */
  readonly isOriginal: boolean;
  /** The preset that the link names, with the image that exists. */
  presetOf(candidate: KeyCandidate): NamedPreset | null;
  /** What the link means if the project has no such image, but the preset. */
  readonly otherwise: Link | null;
}

/** The claims of a token, of which nothing is known but their types. */
export type UnverifiedClaims = {
  readonly [Claim in keyof ServeClaims]?: Exclude<ServeClaims[Claim], undefined>;
};

/** What decides of an image whether a link works. */
export interface LinkImage extends Pick<FoundImage, 'rotationsSinceRevoked'> {
  readonly image: Pick<ImageRecord, 'visibility' | 'linksRevokedAt'>;
  /** Since when the tokens of a recipient are revoked: whole Unix second, or `null`. */
  recipientRevokedAt(sub: string): Promise<number | null>;
}

export interface LinkDiagnosis {
  readonly verdict: LinkVerdict;
  /** One sentence for the user. */
  readonly explanation: string;
}

/** Parses a link as the edge parses its URL. `null` if it is not an image URL. */
export function readLink(text: string): Link | null {
  if (!URL.canParse(text)) return null;
  const { protocol, pathname, searchParams } = new URL(text);
  if (!/^https?:$/.test(protocol)) return null;
  const path = pathname.slice(1);
  const byPreset = parsePresetPath(path);
  const otherwise = byPreset && linkOf(byPreset, searchParams, null);
  const address = parseReadPath(path);
  return address === null ? otherwise : linkOf(address, searchParams, otherwise);
}

function linkOf(address: ReadAddress, query: URLSearchParams, otherwise: Link | null): Link {
  const { segment, ...named } = address;
  const parsed = parseTransform(query, { segment });
  const { fmt, metadata, ...others } = (parsed.ok && parsed.transform) || {};
  const isStripped = metadata !== undefined && Object.keys(others).length === 0;
  const isOriginal = fmt === 'original' || (fmt === undefined && isStripped);
  return {
    ...named,
    tokens: query.getAll('token'),
    isOriginal,
    presetOf: ({ format }) => namedPreset(address, format, query),
    otherwise,
  };
}

/**
 * The claims of the first token, NOT verified: only to be shown to the project's owner. Claims of a wrong type are
 * left out. `null` without a token, or if it cannot be parsed.
 */
export function unverifiedClaims([token]: readonly string[]): UnverifiedClaims | null {
  const split = token === undefined ? null : splitToken(token);
  const claims = split && parseClaims(split);
  if (claims === null) return null;
  const ofType: Record<string, string | number> = {};
  for (const name of ['p', 'f', 'd', 'sub']) {
    const value = claims[name];
    if (typeof value === 'string') ofType[name] = value;
  }
  for (const name of ['exp', 'iat', 'max']) {
    const value = claims[name];
    if (typeof value === 'number' && Number.isSafeInteger(value)) ofType[name] = value;
  }
  return ofType;
}

/**
 * Decides like the edge whether a link works, and explains the reason.
 *
 * @param link with the key of the image that it names
 * @param found that image; `null` if there is none
 * @param secrets serve secrets of the link's project
 */
export async function diagnoseLink(
  link: Link & { readonly key: string },
  found: LinkImage | null,
  secrets: ServeSecrets,
  nowMilliseconds: number,
): Promise<LinkDiagnosis> {
  const now = Math.floor(nowMilliseconds / 1000);
  if (found === null) return diagnosis('image_not_found', 'The project has no image with this key');
  const { visibility, linksRevokedAt } = found.image;
  if (visibility === 'public') {
    return diagnosis(
      'image_public',
      'The image is public: the link works with any token and without one',
    );
  }
  const [token, ...more] = link.tokens;
  if (token === undefined)
    return diagnosis('missing', 'The link has no token, and the image is private');
  if (more.length > 0) return diagnosis('repeated', 'The link has more than one token');
  const { current, previous } = secrets;
  const keys = previous === null ? [current] : [current, previous.secret];
  const expected = { p: link.project, f: link.key };
  const verdict = await verifyServeToken(token, expected, keys, now);
  const claims = unverifiedClaims(link.tokens);
  if (!verdict.ok) return explain(verdict.reason, claims, link, now);
  if (verdict.secretIndex === 1 && (previous?.until ?? 0) <= nowMilliseconds) {
    return diagnosis(
      'old_secret',
      'Signed with the previous serve secret, which is no longer valid',
    );
  }
  const isRevoked =
    linksRevokedAt !== null &&
    verdict.secretIndex >= found.rotationsSinceRevoked &&
    !isIssuedSince(verdict.claims, linksRevokedAt, now);
  if (isRevoked) return revoked(verdict.claims, linksRevokedAt);
  const { max, exp, sub } = verdict.claims;
  if (sub !== undefined) {
    const problem = recipientProblem(verdict.claims, await found.recipientRevokedAt(sub), now);
    if (problem !== null) return diagnosis(problem, RECIPIENT_PROBLEMS[problem](sub));
  }
  if (max !== undefined && link.isOriginal) {
    return diagnosis(
      'above_ceiling',
      `The token opens pictures of up to ${max} pixels, and the link asks for the original`,
    );
  }
  const size = max === undefined ? '' : `, for pictures of up to ${max} pixels`;
  return diagnosis('ok', `The link works for another ${duration(exp - now)}${size}`);
}

const RECIPIENT_PROBLEMS: Record<RecipientRefusal, (sub: string) => string> = {
  recipient_revoked: (sub) =>
    `The recipient "${sub}" was revoked, and the token has no iat that shows that it was signed later`,
  iat_out_of_range: () =>
    'Its iat is more than 7 days ago or in the future, which is refused in tokens with sub: check the clock of the server that signed it',
};

type Refusal = Extract<Awaited<ReturnType<typeof verifyServeToken>>, { ok: false }>['reason'];

function explain(
  reason: Refusal,
  claims: UnverifiedClaims | null,
  { project }: Link,
  now: number,
): LinkDiagnosis {
  const { p = project, exp = now } = claims ?? {};
  // This comes first: a token of another project has a wrong signature here as well.
  if (p !== project)
    return diagnosis('other_project', `The token names the project "${shorten(p)}"`);
  switch (reason) {
    case 'malformed':
      return diagnosis('malformed', 'The token is incomplete, or it is not a token');
    case 'wrong_claims':
      return diagnosis('malformed', 'The token is signed, but it is not a serve token');
    case 'other_image':
      return diagnosis(
        'other_image',
        `The token is for "${shorten(claims?.f ?? claims?.d ?? '')}"`,
      );
    case 'expired':
      return diagnosis('expired', `Expired ${duration(now - exp)} ago`);
    case 'expires_too_late':
      return diagnosis(
        'expires_too_late',
        `It would expire in ${duration(exp - now)}, but the maximum is 7 days: check the clock of the server that signed it`,
      );
    default:
      return diagnosis(
        'wrong_signature',
        'Not signed with the serve secret of this project, or changed after it was signed',
      );
  }
}

function revoked({ iat }: ServeClaims, linksRevokedAt: number): LinkDiagnosis {
  if (iat === undefined) {
    return diagnosis(
      'revoked',
      'Links to this image were revoked, and the token has no iat that shows that it was signed later: sign with iat, or rotate the serve secret',
    );
  }
  return diagnosis(
    'revoked',
    iat < linksRevokedAt
      ? 'Links to this image were revoked after this one was signed'
      : 'Links to this image were revoked, and the token says that it was signed in the future: check the clock of the server that signed it',
  );
}

function diagnosis(verdict: LinkVerdict, explanation: string): LinkDiagnosis {
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

/** A duration in its largest whole unit, such as `3 minutes`. */
function duration(seconds: number): string {
  for (const [unit, size] of UNITS) {
    const count = Math.floor(Math.abs(seconds) / size);
    if (count > 0) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return '0 seconds';
}
