import type { ResponseBody } from '@auraimage/client';
import type { Command } from 'commander';
import { type Api, pause, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { CliError } from '../errors.js';
import { examples } from '../help.js';
import { printable } from '../output.js';
import { dayOf } from '../units.js';
import { revokeToken } from './logout.js';

/** RFC 8628 §3.5: seconds that each slow_down adds to the interval. */
const SLOW_DOWN_SECONDS = 5;
/** RFC 8628 §3.2: the interval where the server names none. */
const DEFAULT_INTERVAL_SECONDS = 5;

type DeviceCode = ResponseBody<'requestDevice', 200>;
type DeviceToken = ResponseBody<'pollDevice', 200>;

export function loginCommand(program: Command, ctx: Context): void {
  program
    .command('login')
    .description('sign in through the browser')
    .option('--no-browser', 'print the address, open nothing')
    .addHelpText(
      'after',
      examples('aura login', 'AURA_API_URL=https://images.example aura login --no-browser'),
    )
    .action((options: { browser: boolean }) => login(ctx, options.browser));
}

async function login(ctx: Context, useBrowser: boolean): Promise<void> {
  const { host, output, home } = ctx;
  const { apiUrl, token: fromEnvironment } = ctx.settings();
  // A credentials file with wrong permissions fails here, before the browser opens.
  const earlier = await home.signIn(apiUrl);
  warnAboutPlainHttp(ctx, apiUrl);
  const api = ctx.apiAs(undefined);
  const code = await api((client) =>
    client.POST('/v1/auth/device/code', { body: { name: deviceName(ctx) } }),
  );
  const page = printable(code.verification_uri_complete);
  output.print(`Code:  ${output.paint('bold', printable(code.user_code))}`);
  output.print(`Open:  ${page}`);
  output.print('Check that the page shows the same code, then approve.');
  const opens = useBrowser && host.stdout.isTTY === true && isWebPage(page);
  if (opens && !(await host.openBrowser(page))) {
    output.note('No browser could be opened: open the address yourself.');
  }
  const { token, email, expiresAt } = await approved(ctx, api, code);
  await home.saveSignIn(apiUrl, { token, email });
  const until = !expiresAt ? '' : `, until ${dayOf(expiresAt)}`;
  output.print(`Signed in to ${apiUrl} as ${printable(email)}${until}`);
  // Otherwise the replaced token would stay valid although nothing uses it.
  if (earlier !== null && !(await revokeToken(ctx.apiAs(earlier.token)))) {
    output.warn(
      'The earlier sign-in of this machine could not be revoked: end its token in the dashboard, under CLI tokens.',
    );
  }
  if (fromEnvironment !== undefined) {
    output.warn('AURA_TOKEN is set and overrides this sign-in: unset it to use the new one.');
  }
}

/** Waits until the person has approved on the page; Ctrl-C cancels the request on the server. */
async function approved(ctx: Context, api: Api, code: DeviceCode): Promise<DeviceToken> {
  const { host, output } = ctx;
  const { device_code } = code;
  output.status('Waiting for the approval in the browser… (Ctrl-C to cancel)');
  const poll = () =>
    api((client) => client.POST('/v1/auth/device/token', { body: { device_code } }), {
      patienceMs: 0,
    });
  try {
    return await awaitApproval(poll, code, (seconds) => pause(seconds * 1000, host.signal));
  } catch (error) {
    if (host.signal.aborted) {
      // The command's own signal would abort this request as well.
      const cleanup = ctx.apiAs(undefined, AbortSignal.timeout(5000));
      await cleanup((client) =>
        client.POST('/v1/auth/device/cancel', { body: { device_code } }),
      ).catch(() => {
        output.warn(
          'The sign-in could not be cancelled: do not approve its code, which expires by itself.',
        );
      });
    }
    throw error;
  } finally {
    output.status('');
  }
}

/**
 * Polls for the token until the person has answered on the page or the code has expired.
 *
 * @param wait waits that many seconds
 * @throws {CliError} `access_denied`, `expired_token`
 */
export async function awaitApproval(
  poll: () => Promise<DeviceToken>,
  { expires_in, interval }: Pick<DeviceCode, 'expires_in' | 'interval'>,
  wait: (seconds: number) => Promise<void>,
): Promise<DeviceToken> {
  let pace = interval > 0 ? interval : DEFAULT_INTERVAL_SECONDS;
  for (let passed = pace; passed <= expires_in; passed += pace) {
    await wait(pace);
    try {
      return await poll();
    } catch (error) {
      if (isSlowDown(error)) pace += SLOW_DOWN_SECONDS;
      else if (codeOf(error) !== 'authorization_pending') throw explained(error);
    }
  }
  throw expiredError();
}

/** RFC 8628 §3.5: poll less often where the server says so, is busy or does not answer. */
function isSlowDown(error: unknown): boolean {
  if (!(error instanceof RequestError)) return false;
  return error.code === 'slow_down' || [0, 429, 503].includes(error.status);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof CliError ? error.code : undefined;
}

function explained(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'access_denied') {
    return new CliError('The sign-in was denied in the browser', { code });
  }
  return code === 'expired_token' ? expiredError() : error;
}

function expiredError(): CliError {
  return new CliError('The code expired before it was approved', {
    code: 'expired_token',
    fix: 'Run aura login again.',
  });
}

function deviceName({ host }: Context): string {
  const name = `${host.user}@${host.machine}`.replace(/[^\x20-\x7e]/g, '-');
  return name.slice(0, 100);
}

/** The address comes from the server: open nothing but a web page. */
function isWebPage(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function warnAboutPlainHttp({ output }: Context, apiUrl: string): void {
  const { protocol, hostname } = new URL(apiUrl);
  const local = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !local) {
    output.warn(`${apiUrl} is not encrypted: the network can read your token. Use https.`);
  }
}
