import { ApiError } from '@auraimage/client';
import { isSignedOut } from '../api/errors.js';
import { formatSpan } from './format.js';

export interface Explanation {
  /** What failed. */
  readonly title: string;
  /** What to do next. */
  readonly advice: string;
  /** Request ID for the server's log; only for server errors. */
  readonly requestId: string | null;
}

/** Explains an error to the person who sees it. */
export function explainError(error: unknown): Explanation {
  if (!(error instanceof ApiError)) {
    return {
      title: 'Something went wrong',
      advice: 'An unexpected error occurred on this page. Try again, or reload the page.',
      requestId: null,
    };
  }
  const isServerError = error.status >= 500;
  const fallback = isServerError
    ? 'Server error. If it persists, search the server’s log for this request ID.'
    : WAIT;
  return {
    // The server's message speaks of bearer tokens, which a browser does not send.
    title: isSignedOut(error) ? 'Your session expired' : error.message,
    advice: adviceFor(error) ?? fallback,
    requestId: isServerError ? error.requestId : null,
  };
}

/** The same in one line. */
export function explainInOneLine(error: unknown): string {
  const { title, advice } = explainError(error);
  return `${title.replace(/\.$/, '')}. ${advice}`;
}

const WAIT = 'Wait a moment, then try again.';
const SIGN_IN = 'Sign in, then try again. What you typed is still here.';

/** What to do, by the code of `docs/reference/errors.md`. The server's message says what failed. */
export const ADVICE: Readonly<Record<string, string>> = {
  network: 'Check that you are online and that the server is running, then try again.',
  timeout: 'The server may be overloaded. Wait a moment, then try again.',
  redirected: 'Open the dashboard at the address that the server redirects to.',
  unexpected_response: 'A proxy in front of the server may have failed. Check it, then try again.',
  cross_site_request:
    'The server does not accept changes from this address. Open the dashboard at its public address, or set AURA_APP_URL to this one.',
  admin_required: 'Ask the administrator of this server.',
  person_not_found: 'The person was already removed. Reload the page.',
  last_admin: 'Make somebody else an administrator first.',
  only_owner_of_projects: 'Taking them over makes you an owner of each.',
  sign_in_failed:
    'Check both and try again. Passwords are case-sensitive. The operator of the server can reset a forgotten password.',
  email_invalid: 'Use the form name@example.com.',
  email_taken: 'Sign in instead, or use another email.',
  password_weak: 'Choose a longer one. Three or four unrelated words are easy to remember.',
  password_wrong: 'Enter the password that you sign in with now.',
  provider_unavailable: 'Try again. If it persists, the log of the server says what is wrong.',
  provider_refused: 'Try again, or ask whoever runs the provider.',
  provider_email_unverified: 'Confirm your email there, then try again.',
  provider_email_differs: 'Sign in there with the email of your account here.',
  provider_person_unknown:
    'Ask for an invitation, open its link, and continue with the provider there.',
  provider_not_connected:
    'Sign in with your password, then connect the provider on your account page. Without a password, ask the operator of the server for a link that sets one.',
  sign_in_expired: 'The two steps have to be in the same browser, within ten minutes.',
  second_factor_wrong:
    'Enter the code that the app shows now. Each code works once: after a sign-in, wait for the next one.',
  second_factor_locked: 'Use one of your backup codes, or ask the operator of the server.',
  second_factor_on: 'It was turned on in another window. Reload the page.',
  second_factor_off: 'It was turned off in another window. Reload the page.',
  second_factor_unprepared: 'Close this, and turn it on again.',
  invitation_invalid: 'Ask for a new link.',
  reset_link_invalid: 'Ask for a new link.',
  sign_in_busy: WAIT,
  device_code_not_found: 'Compare it with the code in your terminal, or run the command again.',
  project_not_found: 'It may have been renamed or deleted. Check your list of projects.',
  project_name_invalid: 'Use 2 to 40 lowercase letters, digits and dashes.',
  project_name_taken: 'Choose another name.',
  project_limit: 'Delete a project that you no longer need.',
  origin_malformed: 'Use the form https://app.example, without a path.',
  confirmation_wrong: 'Type the name exactly as shown.',
  secret_key_limit: 'Revoke a key that is no longer in use, then create this one.',
  secret_key_not_found: 'It was already revoked. Reload the page.',
  session_not_found: 'It has already ended. Reload the page.',
  cli_token_not_found: 'It was already revoked. Reload the page.',
  image_not_found: 'It was deleted. Go back to the list.',
  name_taken: 'Choose another name.',
  encode_limit: 'The project used up its image work for this minute. Wait, then try again.',
  engine_busy: WAIT,
  transform_malformed: 'Correct the value that the message names.',
  preset_malformed: 'Correct what the message names.',
  preset_not_found: 'It was already deleted. Reload the page.',
  preset_limit: 'Delete a preset that is no longer in use, then create this one.',
  preset_name_taken: 'Choose another name, or rename the images.',
  webhook_not_found: 'It was already deleted. Reload the page.',
  webhook_limit: 'Delete a webhook that is no longer in use, then add this one.',
  webhook_url_refused:
    'Use a public https address. The operator of the server can allow others (AURA_WEBHOOK_NETWORKS).',
  webhook_disabled: 'Enable the webhook, then try again.',
  delivery_not_found: 'Its time in the log is over. Reload the page.',
  watermark_not_found: 'Choose another image, or make this one public.',
  quota_exceeded: 'Delete images, or raise the limit under Settings.',
  storage_unavailable: WAIT,
  storage_full: 'Free space on the server’s disk, then try again.',
};

function adviceFor(error: ApiError): string | null {
  const { code, status, retryAfterSeconds } = error;
  if (status === 429 || status === 503) {
    return retryAfterSeconds === null ? WAIT : `Try again in ${formatSpan(retryAfterSeconds)}.`;
  }
  if (isSignedOut(error)) return SIGN_IN;
  return Object.hasOwn(ADVICE, code) ? (ADVICE[code] ?? null) : null;
}
