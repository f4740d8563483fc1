import { describeRoutes, type OpenApiDocument } from '@auraimage/http';
import { SERVE_COOKIE } from '@auraimage/protocol';
import type { ControlOptions } from '../ports.js';

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description }) as const;

/** Ways to authenticate, by the names that routes use. */
const SECURITY_SCHEMES = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'aura_session',
    description:
      'The cookie that sign-in sets (`__Secure-aura_session` over https). Requests that change something must come from a page of the dashboard.',
  },
  cliToken: bearer('`aura_cli_…`: issued by `aura login`. It has the access of a session.'),
  secretKey: bearer(
    '`sk_live_…`: for servers. It manages the images and the recipients of its project, and reads no private ones.',
  ),
  uploadToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Aura-Signature',
    description: 'An upload token, from `signUpload()` or `POST /v1/sign`.',
  },
  visibilityToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Aura-Signature',
    description:
      'A visibility token, from `setVisibility()`. It is valid for one visibility of one image.',
  },
  serveToken: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description:
      'A serve token, from `getSignedUrl()` or `signFolder()`. It is valid for one image or folder until it expires.',
  },
  serveCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: SERVE_COOKIE,
    description:
      'A serve token, from `cookie()`. It is looked at if the query has no `token`, and never for a page of another site.',
  },
} as const;

const TAGS = [
  { name: 'Images', description: 'Upload and manage images.' },
  { name: 'Projects', description: 'A project owns images. Its members have a role each.' },
  { name: 'Members', description: 'Who has access to a project: owners, editors and viewers.' },
  { name: 'Secrets', description: 'Secret keys sign uploads. The serve secret signs links.' },
  { name: 'Presets', description: 'Named transforms of a project.' },
  { name: 'Signing', description: 'Sign tokens and links without a secret.' },
  { name: 'Recipients', description: 'Whom serve tokens were given to, and an end to them.' },
  { name: 'Webhooks', description: 'Events of a project, sent to your app.' },
  { name: 'Usage', description: 'Uploads, reads, storage and encoding time of a project.' },
  { name: 'Audit log', description: 'Who changed what.' },
  {
    name: 'People',
    description: 'Who can sign in, for administrators: roles, lost passwords, removal.',
  },
  { name: 'Sign-in', description: 'Sessions, invitations and passwords.' },
  { name: 'Command line', description: 'Sign a device in, and manage its tokens.' },
];

const DESCRIPTION = `Everything that the dashboard and the \`aura\` command do, over HTTP.

Bodies are JSON, at most 64 KB. A body with an unknown member is refused. Times are ISO 8601 in UTC. Every error is \`{ "message": "…" }\` with a stable code in the header \`X-Aura-Error\`. The response for another account's resource is the same as for one that does not exist.`;

/** The API document of every route that has a `doc`. */
export function describeApi({
  appUrl: url,
  version,
  routes,
}: Pick<ControlOptions, 'appUrl' | 'version' | 'routes'>): OpenApiDocument {
  return describeRoutes(routes(), {
    title: 'AuraImage API',
    version,
    description: DESCRIPTION,
    url,
    tags: TAGS,
    securitySchemes: SECURITY_SCHEMES,
  });
}
