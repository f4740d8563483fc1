import type { Schemas } from '@auraimage/client';
import {
  CLOCK_ALLOWANCE_SECONDS,
  isRecipient,
  MAX_SERVE_SECONDS,
  parseClaims,
  parsePresetPath,
  parseReadPath,
  type ReadAddress,
  splitToken,
} from '@auraimage/protocol';
import { type Api, RequestError } from '../api.js';
import { formatDuration } from '../units.js';
import { type RawResponse, serverTimeOf } from './checks.js';

type LinkDiagnosis = Schemas['LinkDiagnosis'];
type Verdict = Pick<LinkDiagnosis, 'verdict' | 'explanation'>;

/**
 * Diagnoses a link where the CLI has only a secret key, for which the server gives no diagnosis. It uses the
 * image's record, the claims of the token (which anyone can read) and the server's response: only the server
 * can verify the signature.
 *
 * @param url the link, with the path as the server knows it
 * @param response the response to the link; null if it was not requested or got no response
 */
export async function diagnoseFromHere(
  api: Api,
  url: string,
  response: RawResponse | null,
): Promise<LinkDiagnosis> {
  const date = serverTimeOf(response);
  const now = Number.isNaN(date) ? Date.now() : date;
  const serverTime = new Date(now).toISOString();
  const [first, other] = readLinks(url);
  if (first === undefined) {
    const verdict = say('not_a_link', 'This is not the URL of an image');
    return { ...verdict, project: null, key: null, claims: null, serverTime };
  }
  const found = await findImage(api, first);
  const isOther = other !== undefined && 'verdict' in found && found.verdict === 'image_not_found';
  const link = isOther ? other : first;
  const image = isOther ? await findImage(api, other) : found;
  const { project, key, tokens } = link;
  const claims = readClaims(tokens);
  const isShown = response !== null && response.status < 400;
  const verdict =
    'verdict' in image
      ? image
      : ((link.hasPreset && isShown && tokens.length === 0 ? OPEN : null) ??
        tokenProblem(link, claims, Math.floor(now / 1000)) ??
        revocation(image, claims) ??
        (await recipientRevocation(api, link, claims)) ??
        refusal(image, claims, response?.status));
  return { ...verdict, project, key, claims, serverTime };
}

interface Link {
  readonly project: string;
  readonly key: string;
  readonly tokens: readonly string[];
  readonly hasPreset: boolean;
}

const OPEN: Verdict = {
  verdict: 'preset_open',
  explanation: 'The preset is open: the link works without a token',
};

/** What a link may mean: an image, or if there is none with this key, another one through a preset. */
function readLinks(url: string): readonly Link[] {
  if (!URL.canParse(url)) return [];
  const { pathname, searchParams } = new URL(url);
  const linkOf = ({ project, candidates, preset }: ReadAddress): Link => ({
    project,
    key: candidates[0].key,
    tokens: searchParams.getAll('token'),
    hasPreset: preset !== undefined || searchParams.has('preset'),
  });
  const path = pathname.slice(1);
  return [parseReadPath(path), parsePresetPath(path)].flatMap((one) => (one ? [linkOf(one)] : []));
}

function readClaims([token]: readonly string[]): LinkDiagnosis['claims'] {
  const split = token === undefined ? null : splitToken(token);
  const claims = split && parseClaims(split);
  if (claims === null) return null;
  const textOf = (claim: unknown) => (typeof claim === 'string' ? claim : null);
  const wholeOf = (claim: unknown) => (Number.isSafeInteger(claim) ? Number(claim) : null);
  const { p, f, d, exp, iat, max, sub } = claims;
  return {
    ...{ p: textOf(p), f: textOf(f), d: textOf(d), sub: textOf(sub) },
    ...{ exp: wholeOf(exp), iat: wholeOf(iat), max: wholeOf(max) },
  };
}

async function findImage(api: Api, { project, key }: Link): Promise<Verdict | Schemas['Image']> {
  try {
    const image = await api((client) =>
      client.GET('/v1/images/{project}/{key}', { params: { path: { project, key } } }),
    );
    return image.visibility === 'private'
      ? image
      : say('image_public', 'The image is public: the link works with any token and without one');
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.status === 404)
      return say('image_not_found', 'The project has no image with this key');
    if (error.status !== 403) throw error;
    return say('project_not_found', `The secret key does not belong to the project "${project}"`);
  }
}

/** What is wrong with the token, judged by its claims alone. */
function tokenProblem(
  { project, key, tokens }: Link,
  claims: LinkDiagnosis['claims'],
  now: number,
): Verdict | null {
  if (tokens.length === 0) {
    return say('missing', 'The link has no token, and the image is private');
  }
  if (tokens.length > 1) return say('repeated', 'The link has more than one token');
  if (claims === null || claims.exp === null) {
    return say('malformed', 'The token is incomplete, or it is not a token');
  }
  if (claims.p !== project) return say('other_project', 'The token is for another project');
  const { f, d } = claims;
  const covers = d === null ? f === key : f === null && key.startsWith(d);
  if (!covers) return say('other_image', 'The token is for another image');
  const left = claims.exp - now;
  if (left < 0) return say('expired', `Expired ${formatDuration(left)} ago`);
  if (left <= MAX_SERVE_SECONDS + CLOCK_ALLOWANCE_SECONDS) return null;
  return say(
    'expires_too_late',
    `It would expire in ${formatDuration(left)}, but the maximum is 7 days: check the clock of the server that signed it`,
  );
}

function revocation(
  { linksRevokedAt }: Schemas['Image'],
  claims: LinkDiagnosis['claims'],
): Verdict | null {
  const iat = claims?.iat ?? null;
  if (iat === null || linksRevokedAt === null || iat * 1000 >= Date.parse(linksRevokedAt)) {
    return null;
  }
  return say('revoked', 'Links to this image were revoked after this one was signed');
}

/** Whether the recipient of the token was revoked after it was signed. */
async function recipientRevocation(
  api: Api,
  { project }: Link,
  claims: LinkDiagnosis['claims'],
): Promise<Verdict | null> {
  const { sub = null, iat = null } = claims ?? {};
  if (sub === null || !isRecipient(sub) || iat === null) return null;
  const { recipients } = await api((client) =>
    client.GET('/v1/projects/{project}/recipients', {
      params: { path: { project }, query: { q: sub, limit: 1000 } },
    }),
  );
  const revokedAt = recipients.find((recipient) => recipient.sub === sub)?.revokedAt ?? null;
  if (revokedAt === null || iat * 1000 >= Date.parse(revokedAt)) return null;
  return say('recipient_revoked', `The recipient "${sub}" was revoked after this was signed`);
}

/** Call only if the claims are valid: then a refusal means a wrong signature, or a missing `iat`. */
function refusal(
  { linksRevokedAt }: Schemas['Image'],
  claims: LinkDiagnosis['claims'],
  status: number | undefined,
): Verdict {
  if (status === undefined || status < 400) return say('ok', 'The token is valid for this image');
  if (linksRevokedAt !== null && claims?.iat === null) {
    return say(
      'revoked',
      'Links to this image were revoked, and the token has no iat that shows that it was signed later',
    );
  }
  if (typeof claims?.max === 'number') {
    return say(
      'above_ceiling',
      `The token covers this image, but the server rejects it: the link asks for the original, where the token opens pictures of up to ${claims.max} pixels, or the token was not signed with the current serve secret`,
    );
  }
  return say(
    'wrong_signature',
    'The token covers this image, but the server rejects it: it was not signed with the current serve secret',
  );
}

function say(verdict: LinkDiagnosis['verdict'], explanation: string): Verdict {
  return { verdict, explanation };
}
