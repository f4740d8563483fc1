import type { Command } from 'commander';
import type { Api } from '../api.js';
import { createApi } from '../api.js';
import type { DeviceCode, DeviceToken } from '../api-types.js';
import type { Context } from '../context.js';
import { CliError } from '../errors.js';
import { pause, RefusedError, UnreachableError } from '../http.js';
import { printable } from '../output.js';

/** RFC 8628 §3.5: seconds that each slow_down adds. */
const SLOW_DOWN_SECONDS = 5;

export function loginCommand(program: Command, ctx: Context): void {
  program
    .command('login')
    .description('sign in through the browser')
    .option('--no-browser', 'print the address, open nothing')
    .action((options: { browser: boolean }) => login(ctx, options.browser));
}

async function login(ctx: Context, useBrowser: boolean): Promise<void> {
  const { host, output, credentials } = ctx;
  const { apiUrl, token: fromEnvironment } = ctx.settings();
  // Before the browser opens: a file that may not be used is found here.
  const earlier = await credentials.read(apiUrl);
  warnOfPlainHttp(ctx, apiUrl);
  const api = ctx.publicApi();
  const code = await api.deviceCode(deviceName(ctx));
  output.print(`Code:  ${output.paint('bold', printable(code.user_code))}`);
  output.print(`Open:  ${printable(code.verification_uri_complete)}`);
  output.print('Check that the page shows the same code, then approve.');
  const shown = useBrowser && host.stdout.isTTY === true && isPage(code.verification_uri_complete);
  if (shown && !(await host.openBrowser(code.verification_uri_complete))) {
    output.note('No browser could be opened: open the address yourself.');
  }
  const { token, email } = await approved(ctx, api, code);
  await credentials.save(apiUrl, { token, email });
  output.print(`Signed in to ${apiUrl} as ${printable(email)}`);
  if (earlier !== null) await endEarlier(ctx, earlier.token);
  if (fromEnvironment !== undefined) {
    output.warn('AURA_TOKEN is set and goes before this sign-in: unset it to use the new one.');
  }
}

/** Asks until somebody has answered on the page; Ctrl-C takes the request back. */
async function approved(ctx: Context, api: Api, code: DeviceCode): Promise<DeviceToken> {
  const { host, output } = ctx;
  const end = performance.now() + code.expires_in * 1000;
  let interval = Math.max(1, code.interval);
  try {
    while (performance.now() < end) {
      output.status('Waiting for the approval in the browser… (Ctrl-C to cancel)');
      await pause(interval * 1000, host.signal);
      const answer = await poll(api, code.device_code);
      if (typeof answer === 'object') return answer;
      if (answer === 'slow_down') interval += SLOW_DOWN_SECONDS;
    }
    throw expired();
  } catch (error) {
    // With a signal of its own: the one of the command has aborted by then.
    if (host.signal.aborted) {
      const last = createApi(ctx.settings(), undefined, AbortSignal.timeout(5000));
      await last.deviceCancel(code.device_code).catch(() => {});
    }
    throw error;
  } finally {
    output.status('');
  }
}

async function poll(api: Api, deviceCode: string): Promise<DeviceToken | 'pending' | 'slow_down'> {
  try {
    return await api.deviceToken(deviceCode);
  } catch (error) {
    // RFC 8628 §3.5: without an answer, ask less often.
    if (error instanceof UnreachableError) return 'slow_down';
    if (!(error instanceof RefusedError)) throw error;
    if (error.status === 429 || error.status === 503) return 'slow_down';
    switch (error.body['error']) {
      case 'authorization_pending':
        return 'pending';
      case 'slow_down':
        return 'slow_down';
      case 'access_denied':
        throw new CliError('The sign-in was denied in the browser', { code: 'access_denied' });
      case 'expired_token':
        throw expired();
      default:
        throw error;
    }
  }
}

/** The token that the new one replaces would otherwise stay valid with nobody knowing of it. */
async function endEarlier(ctx: Context, token: string): Promise<void> {
  const api = createApi(ctx.settings(), token, ctx.host.signal);
  await api.endToken().catch(() => {});
}

function deviceName({ host }: Context): string {
  const name = `${host.user}@${host.machine}`.replace(/[^\x20-\x7e]/g, '-');
  return name.slice(0, 100);
}

/** What is opened is a web page, whatever the server says. */
function isPage(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function warnOfPlainHttp({ output }: Context, apiUrl: string): void {
  const { protocol, hostname } = new URL(apiUrl);
  const local = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  if (protocol === 'http:' && !local) {
    output.warn(`${apiUrl} is not encrypted: anyone on the way can read your token. Use https.`);
  }
}

function expired(): CliError {
  return new CliError('The code has expired before it was approved', {
    code: 'expired_token',
    fix: 'Run aura login again.',
  });
}
