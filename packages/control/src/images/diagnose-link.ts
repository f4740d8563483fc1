import { defineRoute, iso, type Route, time, z } from '@auraimage/http';
import type { FoundImage, PresetRules } from '@auraimage/ports';
import type { KeyCandidate } from '@auraimage/protocol';
import { hasPermission } from '../auth/permissions.js';
import type { ControlDependencies } from '../dependencies.js';
import type { ControlPorts } from '../ports.js';
import {
  diagnoseLink,
  LINK_VERDICTS,
  type Link,
  type LinkDiagnosis,
  readLink,
  unverifiedClaims,
} from './diagnose.js';

const MAX_URL_LENGTH = 8192;

const diagnosisBody = z
  .object({
    project: z.string().nullable(),
    key: z.string().nullable(),
    verdict: z.enum(LINK_VERDICTS),
    explanation: z
      .string()
      .openapi({ description: 'For people', example: 'Expired 3 minutes ago' }),
    claims: z
      .object({
        p: z.string().nullable(),
        f: z.string().nullable(),
        d: z.string().nullable(),
        exp: z.number().int().nullable(),
        iat: z.number().int().nullable(),
        max: z.number().int().nullable(),
        sub: z.string().nullable(),
      })
      .nullable()
      .openapi({ description: 'The claims of the token, whether it is valid or not' }),
    serverTime: time(),
  })
  .openapi('LinkDiagnosis');

/** `POST /v1/auth/diagnose-link` */
export function diagnoseLinkRoutes({ ports, access }: ControlDependencies): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/auth/diagnose-link',
      hosts: ['app'],
      access: access.signedIn,
      doc: {
        operationId: 'diagnoseLink',
        tags: ['Signing'],
        summary: 'Diagnose a signed URL',
        description:
          'Says whether a link works, and why not. Only for members of the project: the response for everybody else is the same as for an unknown project.',
      },
      body: z.strictObject({
        url: z
          .string()
          .max(MAX_URL_LENGTH)
          .openapi({ example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…' }),
      }),
      success: { status: 200, schema: diagnosisBody, description: 'The diagnosis' },
      handler: async ({ access, body }) => {
        const link = readLink(body.url);
        const { accountId } = access.user;
        const { key, verdict, explanation } = await diagnose(ports, link, accountId);
        return {
          project: link?.project ?? null,
          key,
          verdict,
          explanation,
          claims: claimsBody(link),
          serverTime: iso(ports.clock.now()),
        };
      },
    }),
  ];
}

type Ports = Pick<
  ControlPorts,
  'registry' | 'members' | 'images' | 'presets' | 'recipients' | 'clock'
>;

async function diagnose(
  ports: Ports,
  link: Link | null,
  accountId: string,
): Promise<LinkDiagnosis & { readonly key: string | null }> {
  const { registry, members, presets, recipients, clock } = ports;
  if (link === null) {
    return { key: null, verdict: 'not_a_link', explanation: 'This is not the URL of an image' };
  }
  const membership = await members.find(link.project, accountId);
  const isAllowed = membership !== null && hasPermission(membership.role, 'images.view');
  const secrets = isAllowed ? await registry.serveSecrets(membership.project.id) : null;
  if (secrets === null) {
    const explanation = `You have no project "${link.project}"`;
    return { key: link.candidates[0].key, verdict: 'project_not_found', explanation };
  }
  const { link: meant, candidate, found } = await locate(ports, link);
  const { key, format } = candidate;
  const isOriginal = meant.isOriginal && format === undefined;
  const image = found && {
    image: found.image,
    rotationsSinceRevoked: found.rotationsSinceRevoked,
    recipientRevokedAt: async (sub: string) => recipients.revokedAt(link.project, sub),
  };
  const diagnosis = await diagnoseLink({ ...meant, key, isOriginal }, image, secrets, clock.now());
  const named = found && meant.presetOf(candidate);
  if (named === null || named.problem !== null) return { key, ...diagnosis };
  const rules = await presets.find(link.project, named.name);
  return { key, ...withPreset(diagnosis, named.name, rules) };
}

/** What a preset changes about a link: an open one needs no token, and one that is missing shows nothing. */
function withPreset(
  diagnosis: LinkDiagnosis,
  name: string,
  rules: PresetRules | null,
): LinkDiagnosis {
  const { verdict } = diagnosis;
  if (verdict === 'missing' && rules?.open) {
    const explanation = `The preset "${name}" is open: the link works without a token`;
    return { verdict: 'preset_open', explanation };
  }
  if (rules !== null || (verdict !== 'ok' && verdict !== 'image_public')) return diagnosis;
  return { verdict: 'preset_not_found', explanation: `The project has no preset "${name}"` };
}

interface Located {
  readonly link: Link;
  readonly candidate: KeyCandidate;
  readonly found: FoundImage | null;
}

/** The image that a link means, as the edge finds it. */
async function locate(ports: Pick<Ports, 'images' | 'presets'>, link: Link): Promise<Located> {
  const { images, presets } = ports;
  const { project, candidates, preset, otherwise } = link;
  const isMeant = preset === undefined || (await presets.find(project, preset)) !== null;
  for (const candidate of isMeant ? candidates : []) {
    const found = await images.find({ project, key: candidate.key });
    if (found !== null) return { link, candidate, found };
  }
  const other = otherwise && (await locate(ports, otherwise));
  return other?.found ? other : { link, candidate: candidates[0], found: null };
}

function claimsBody(link: Link | null): z.infer<typeof diagnosisBody>['claims'] {
  const claims = link && unverifiedClaims(link.tokens);
  if (claims === null) return null;
  const { p = null, f = null, d = null, exp = null, iat = null, max = null, sub = null } = claims;
  return { p, f, d, exp, iat, max, sub };
}
