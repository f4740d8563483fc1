import { describeRoutes, type OpenApiDocument } from '@auraimage/http';
import type { ControlOptions } from '../ports.js';

const bearer = (description: string) => ({ type: 'http', scheme: 'bearer', description }) as const;

/** Ways to show who asks, by the names that routes use. */
const SECURITY_SCHEMES = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: 'aura_session',
    description:
      'The cookie that signing in sets (`__Secure-aura_session` over https). Requests that change something have to come from a page of the dashboard.',
  },
  cliToken: bearer('`aura_cli_…`, as `aura login` gets it. Opens what a session opens.'),
  secretKey: bearer('`sk_live_…`: for servers. Opens the images of its project.'),
  uploadToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Aura-Signature',
    description: 'An upload token: made by `signUpload()` or `POST /v1/sign`.',
  },
  visibilityToken: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Aura-Signature',
    description: 'A visibility token: made by `setVisibility()`, good for one change to one image.',
  },
  serveToken: {
    type: 'apiKey',
    in: 'query',
    name: 'token',
    description: 'A serve token: made by `getSignedUrl()`, good for one image until it expires.',
  },
} as const;

const TAGS = [
  { name: 'Images', description: 'Uploading and looking after images.' },
  { name: 'Projects', description: 'A project owns images; an account owns projects.' },
  { name: 'Secrets', description: 'Secret keys sign uploads, the serve secret signs links.' },
  { name: 'Signing', description: 'Tokens and links for those who have no secret at hand.' },
  { name: 'Usage', description: 'What a project stores, sends and has made.' },
  { name: 'Audit log', description: 'Who changed what.' },
  { name: 'Sign-in', description: 'Sessions, invitations and passwords.' },
  { name: 'Command line', description: 'Letting a device in, and its tokens.' },
];

const DESCRIPTION = `Everything that the dashboard and the \`aura\` command do, over HTTP.

Bodies are JSON, at most 64 KB, and a member that a request does not know is refused. Times are ISO 8601 in UTC. Every error is \`{ "message": "…" }\` with a stable code in the header \`X-Aura-Error\`. What other accounts own is answered like what does not exist.`;

/** Describes every route of the server that has a place in the API. */
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
