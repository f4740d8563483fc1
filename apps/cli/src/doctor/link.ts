import type { Schemas } from '@auraimage/client';
import { HIDDEN_TYPES, matchSignature, splitToken } from '@auraimage/protocol';
import type { Api } from '../api.js';
import type { Context } from '../context.js';
import { printable } from '../output.js';
import type { Settings } from '../settings.js';
import { formatDuration } from '../units.js';
import { type Check, checkClock, fail, fetchRaw, ok, type RawResponse, warn } from './checks.js';
import { diagnoseFromHere } from './diagnose.js';

type LinkDiagnosis = Schemas['LinkDiagnosis'];

const SIGN_ANEW = 'Sign a new link: aura sign <key> --expires 1h.';

/** What to do about each verdict of the server. */
const FIXES: Readonly<Partial<Record<LinkDiagnosis['verdict'], string>>> = {
  not_a_link: 'Give the whole address of an image, with its token.',
  other_project: 'Sign it with the serve secret of the project in its path.',
  project_not_found: 'Check the project in the address, and that you are signed in as its owner.',
  image_not_found: 'Check the key: the image was deleted, or is in another project.',
  preset_not_found: 'Check the name of the preset: aura presets lists them.',
  missing: 'A private image needs a token: aura sign <key>.',
  malformed: 'The token was cut off or changed. Copy it whole, without HTML escapes.',
  wrong_signature: 'Compare AURA_SERVE_SECRET of your app with the one that aura init gives.',
  old_secret: 'Give your app the new serve secret (aura init), and sign again.',
  other_image: 'The token is for another image or folder: sign one for this key.',
  expired: SIGN_ANEW,
  expires_too_late: 'Links work for 7 days at most. Check the clock of the machine that signs.',
  revoked:
    'Its links were revoked on purpose. If this reader may see it, sign a new one with iat: aura sign <key>.',
  recipient_revoked:
    'The recipient was revoked on purpose. If this reader may see it again, sign a new link now.',
  iat_out_of_range: 'Check the clock of the machine that signs.',
  above_ceiling:
    'Leave the options out that ask for the original (fmt, metadata), or sign without max.',
  repeated: 'Send the token once: the address has the parameter twice.',
};

const SECRET_KEY_NOTE = warn(
  'diagnosis',
  'A secret key cannot ask the server about a link: this is what the token and the response say',
  "For the server's own diagnosis, sign in: aura login.",
);

/** Says why a link fails, or that it works. */
export async function diagnoseLink(ctx: Context, api: Api, given: string): Promise<Check[]> {
  const settings = ctx.settings();
  const url = withoutPrefix(given, settings);
  const isSecretKey = (await ctx.token())?.isSecretKey === true;
  const response = isOurs(given, settings) ? await fetchRaw(given, { method: 'HEAD' }) : undefined;
  const diagnosis = isSecretKey
    ? await diagnoseFromHere(api, url, response ?? null)
    : await api((client) => client.POST('/v1/auth/diagnose-link', { body: { url } }));
  const serverTime = Date.parse(diagnosis.serverTime);
  return [
    verdictOf(diagnosis),
    ...(await checkOwnSecret(settings, url, diagnosis)),
    ...(isSecretKey ? [SECRET_KEY_NOTE] : []),
    ...clockOfSigner(diagnosis, serverTime),
    ...(isSecretKey ? [] : await checkRotation(api, diagnosis, serverTime)),
    ...checkResponse(response, diagnosis),
    ...checkType(response ?? null),
    checkClock(serverTime),
  ];
}

/** The server knows the path behind `AURA_CDN_URL`, which a proxy may serve under a path of its own. */
function withoutPrefix(url: string, { cdnUrl, apiUrl }: Settings): string {
  return url.startsWith(`${cdnUrl}/`) ? `${apiUrl}${url.slice(cdnUrl.length)}` : url;
}

function verdictOf({ verdict, explanation, project, key }: LinkDiagnosis): Check {
  const text = printable(explanation);
  const image = project !== null && key !== null ? ` (${project}/${key})` : '';
  if (verdict === 'ok') return ok('link', `${text}${image}`);
  if (verdict === 'image_public') {
    return warn(
      'link',
      `${text}${image}`,
      'It opens without a token: aura visibility <key> private.',
    );
  }
  if (verdict === 'preset_open') {
    return warn(
      'link',
      `${text}${image}`,
      'Set it without --open to ask for tokens: aura presets.',
    );
  }
  return fail('link', `${text}${image}`, FIXES[verdict] ?? SIGN_ANEW);
}

/** Of a link with a wrong signature: whether the app's own serve secret made it. */
async function checkOwnSecret(
  { serveSecret, serveProject }: Settings,
  url: string,
  { verdict, project }: LinkDiagnosis,
): Promise<Check[]> {
  if (verdict !== 'wrong_signature' || serveSecret === undefined || project === null) return [];
  const token = splitToken(new URL(url).searchParams.get('token') ?? '');
  if (token === null || (serveProject ?? project) !== project) return [];
  const isOwn = (await matchSignature(token, [serveSecret])) >= 0;
  return [
    isOwn
      ? fail(
          'serve_secret',
          `It was signed with AURA_SERVE_SECRET, which is not the serve secret of ${project}`,
          `Give your app the one that aura init --project ${project} shows.`,
        )
      : warn(
          'serve_secret',
          'It was signed with another secret than AURA_SERVE_SECRET here',
          'Compare AURA_SERVE_SECRET of the app that signed it with this one.',
        ),
  ];
}

/** A token from the future was signed on a machine whose clock is ahead. */
function clockOfSigner({ claims }: LinkDiagnosis, serverTime: number): Check[] {
  const iat = claims?.iat;
  if (typeof iat !== 'number' || Number.isNaN(serverTime)) return [];
  const ahead = iat - serverTime / 1000;
  if (ahead < 30) return [];
  return [
    warn(
      'signer_clock',
      `It says that it was signed ${formatDuration(ahead)} from now`,
      'The clock of the machine that signed it is ahead: keep it right with NTP.',
    ),
  ];
}

/** The server does not keep secrets that have ended. When one ended may explain a wrong signature. */
async function checkRotation(
  api: Api,
  { verdict, project, claims }: LinkDiagnosis,
  serverTime: number,
): Promise<Check[]> {
  const iat = claims?.iat;
  if (verdict !== 'wrong_signature' || project === null || typeof iat !== 'number') return [];
  const { entries } = await api((client) =>
    client.GET('/v1/projects/{project}/audit', {
      params: { path: { project }, query: { limit: 100 } },
    }),
  );
  const end = /^serve_secret\.(?:rotated|grace_ended)$/;
  const ended = entries.find(({ action, at }) => end.test(action) && Date.parse(at) >= iat * 1000);
  if (ended === undefined) return [];
  const ago = formatDuration((serverTime - Date.parse(ended.at)) / 1000);
  return [
    warn(
      'rotation',
      `It says that it was signed before the serve secret of ${project} was changed (${ago} ago)`,
      'If your app still has the old secret, give it the new one: aura init.',
    ),
  ];
}

/** What the address answers from here: a proxy in between may answer differently from the server. */
function checkResponse(
  response: RawResponse | null | undefined,
  { verdict }: LinkDiagnosis,
): Check[] {
  if (response === undefined) return [];
  if (response === null) {
    return [
      fail('answer', 'The address does not answer from here', 'Check AURA_CDN_URL, DNS and TLS.'),
    ];
  }
  const opens = ['ok', 'image_public', 'preset_open'].includes(verdict);
  const text = `The address answers ${response.status} from here`;
  if (response.status < 400 === opens) return [ok('answer', text)];
  return [
    fail(
      'answer',
      `${text}, which is not what the server says`,
      'Something in front of the server answers in its place: exclude private images from its cache.',
    ),
  ];
}

/** A link that works is a broken picture if browsers do not know the type of its file. */
function checkType(response: RawResponse | null): Check[] {
  const type = response?.headers.get('content-type') ?? '';
  if (response === null || response.status >= 400 || !HIDDEN_TYPES.has(type)) return [];
  return [
    warn(
      'type',
      `It gives a file of the type ${printable(type)}, which most browsers do not show`,
      'For an <img>, add fmt=auto to it: getSignedUrl(key, { format: "auto" }), or displayUrl of the upload.',
    ),
  ];
}

/** Whether a request may carry the link's token there: to our own servers only. */
function isOurs(url: string, { cdnUrl, apiUrl }: Settings): boolean {
  return [cdnUrl, apiUrl].some((known) => url.startsWith(`${known}/`));
}
