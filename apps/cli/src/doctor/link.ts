import type { Api } from '../api.js';
import type { LinkDiagnosis } from '../api-types.js';
import { printable } from '../output.js';
import type { Settings } from '../settings.js';
import { formatDuration } from '../units.js';
import { checkClock } from './clock.js';
import { type Check, fail, ok, warn } from './report.js';
import { ask } from './requests.js';

const SIGN_ANEW = 'Sign a new link: aura sign <key> --expires 1h.';

/** What to do about each verdict of the server. */
const FIXES: Readonly<Record<string, string>> = {
  not_a_link: 'Give the whole address of an image, with its token.',
  other_project: 'Sign it with the serve secret of the project in its path.',
  project_not_found: 'Check the project in the address, and that you are signed in as its owner.',
  image_not_found: 'Check the key: the image was deleted, or is in another project.',
  missing: 'A private image needs a token: aura sign <key>.',
  malformed: 'The token was cut or changed on its way. Copy it whole, without HTML escapes.',
  wrong_signature: 'Compare AURA_SERVE_SECRET of your app with the one that aura init gives.',
  old_secret: 'Give your app the new serve secret (aura init), and sign again.',
  other_image: 'Each image needs a token of its own: sign one for this key.',
  expired: SIGN_ANEW,
  expires_too_late: 'Links work for 7 days at most. Check the clock of the machine that signs.',
  revoked: 'Its links were stopped on purpose. Sign a new one if this reader may see it.',
  repeated: 'Send the token once: the address has the parameter twice.',
};

/** Says why a link fails, or that it works. */
export async function diagnoseLink(api: Api, url: string, settings: Settings): Promise<Check[]> {
  const diagnosis = await api.diagnoseLink(withoutPrefix(url, settings));
  const serverTime = Date.parse(diagnosis.serverTime);
  return [
    verdictOf(diagnosis),
    ...clockOfSigner(diagnosis, serverTime),
    ...(await checkRotation(api, diagnosis, serverTime)),
    ...(await checkAnswer(url, diagnosis, settings)),
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
  return fail('link', `${text}${image}`, FIXES[verdict] ?? SIGN_ANEW);
}

/** A token from the future was signed by a machine whose clock is ahead. */
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

/** Of a secret that has ended the server knows no more than when: that may explain a wrong signature. */
async function checkRotation(
  api: Api,
  { verdict, project, claims }: LinkDiagnosis,
  serverTime: number,
): Promise<Check[]> {
  const iat = claims?.iat;
  if (verdict !== 'wrong_signature' || project === null || typeof iat !== 'number') return [];
  const { entries } = await api.projectAudit(project);
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

/** What the address answers from here: a proxy in between may know better than the server. */
async function checkAnswer(
  url: string,
  { verdict }: LinkDiagnosis,
  { cdnUrl, apiUrl }: Settings,
): Promise<Check[]> {
  // The token is sent to our own servers only.
  if (![cdnUrl, apiUrl].some((known) => url.startsWith(`${known}/`))) return [];
  const answer = await ask(url, { method: 'HEAD' });
  if (answer === null) {
    return [
      fail('answer', 'The address does not answer from here', 'Check AURA_CDN_URL, DNS and TLS.'),
    ];
  }
  const opens = verdict === 'ok' || verdict === 'image_public';
  const text = `The address answers ${answer.status} from here`;
  if (answer.status < 400 === opens) return [ok('answer', text)];
  return [
    fail(
      'answer',
      `${text}, which is not what the server says`,
      'Something in front of the server answers itself: exclude private images from its cache.',
    ),
  ];
}
