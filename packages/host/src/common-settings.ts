import { optional, setting } from './setting.js';
import * as types from './setting-types.js';

/** Rows of the tables of settings of every host. Their bounds do not depend on where the server runs. */
export const COMMON_SETTINGS = {
  publicUrl: optional({
    name: 'AURA_PUBLIC_URL',
    type: types.baseUrl,
    defaultText: '`http://localhost:PORT`',
    example: 'https://images.example',
    description: 'Where clients reach this server.',
  }),
  cdnUrl: optional({
    name: 'AURA_CDN_URL',
    type: types.baseUrl,
    defaultText: '`AURA_PUBLIC_URL`',
    example: 'https://cdn.example',
    description: 'Where images are read and uploaded.',
  }),
  appUrl: optional({
    name: 'AURA_APP_URL',
    type: types.origin,
    defaultText: '`AURA_PUBLIC_URL`',
    example: 'https://app.example',
    description: 'Where the dashboard and the API are reached.',
  }),
  sharedMaxAgeSeconds: optional({
    name: 'AURA_SHARED_MAX_AGE',
    type: types.whole(0, 31_536_000, 'seconds'),
    defaultText: 'as in browsers: a year',
    example: '300',
    description:
      'How long a CDN or cache in front may keep public images (`s-maxage`); 0 for not at all.',
  }),
  oidcIssuer: optional({
    name: 'AURA_OIDC_ISSUER',
    type: types.issuer,
    defaultText: 'people sign in with a password only',
    example: 'https://accounts.example',
    description:
      'Provider at which people can sign in, by [OpenID Connect](../operate/sign-in.md#openid-connect): the `issuer` in its `/.well-known/openid-configuration`.',
  }),
  oidcClientId: optional({
    name: 'AURA_OIDC_CLIENT_ID',
    type: types.opaque,
    description: 'Client id at the provider; required with `AURA_OIDC_ISSUER`.',
  }),
  oidcClientSecret: optional({
    name: 'AURA_OIDC_CLIENT_SECRET',
    type: types.opaque,
    secret: true,
    description: 'Client secret at the provider; required with `AURA_OIDC_ISSUER`.',
  }),
  oidcEmails: setting({
    name: 'AURA_OIDC_EMAILS',
    type: types.emailsOrDomains,
    default: '',
    defaultText: 'nobody but people with an invitation',
    example: 'example.com,ada@mail.example',
    description:
      'Domains and emails of people who get an account at their first sign-in at the provider. An invitation lets others in.',
  }),
  maxUploadBytes: setting({
    name: 'AURA_MAX_UPLOAD_SIZE',
    type: types.size,
    default: '30mb',
    description: 'Largest file, whatever its upload token allows.',
  }),
  uploadsPerMinute: setting({
    name: 'AURA_UPLOADS_PER_MINUTE',
    type: types.whole(1, 1_000_000),
    default: '120',
    description:
      'Uploads a minute from one IPv4 address or one IPv6 /64 network. One project takes ten times as many. Those of people who are signed in, with the dashboard or `aura`, count for their project only.',
  }),
  projectQuota: optional({
    name: 'AURA_PROJECT_QUOTA',
    type: types.size,
    defaultText: 'no limit',
    example: '10gb',
    description:
      'Storage limit that new projects get, in bytes of their originals. Administrators can change it for each project; projects that exist keep theirs.',
  }),
  legacyVisibilityTokens: setting({
    name: 'AURA_LEGACY_VISIBILITY_TOKENS',
    type: types.flag,
    default: 'false',
    description:
      'Accepts a plain upload token where visibility is changed, as older third-party SDKs send it.',
  }),
  encodeSecondsPerMinute: setting({
    name: 'AURA_ENCODE_SECONDS_PER_MINUTE',
    type: types.whole(1, 100_000, 'seconds'),
    default: '60',
    description:
      'CPU time of image processes a minute for one project: new variants, and the check of uploads. [Parts of it](../operate/operations.md#bounds) are for one client, one image, and requests with a token.',
  }),
  variantSizes: setting({
    name: 'AURA_VARIANT_SIZES',
    type: types.pixelSizes,
    default: '',
    defaultText: 'any size',
    example: '320,640,1280',
    description:
      'Widths that variants may have (heights, where a request names no width). The next larger one is served; heights beside a width and qualities are [rounded](transforms.md#a-list-of-sizes), too.',
  }),
  auditDays: setting({
    name: 'AURA_AUDIT_DAYS',
    type: types.whole(1, 36_500, 'days'),
    default: '400',
    description:
      'Age at which entries leave the [audit log](../operate/people.md#the-audit-log), with the network addresses in them.',
  }),
} as const;
