import type { Command } from 'commander';
import type { Api } from '../api.js';
import { createApi } from '../api.js';
import type { DeviceCode, DeviceToken } from '../api-types.js';
import type { Context } from '../context.js';
import { awaitApproval } from '../device.js';
import { pause } from '../http.js';
import { printable } from '../output.js';

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

/** Waits for the person's answer on the page; Ctrl-C takes the request back. */
async function approved(ctx: Context, api: Api, code: DeviceCode): Promise<DeviceToken> {
  const { host, output } = ctx;
  output.status('Waiting for the approval in the browser… (Ctrl-C to cancel)');
  try {
    return await awaitApproval(api, code, (seconds) => pause(seconds * 1000, host.signal));
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
