import type { Command } from 'commander';
import { createApi } from '../api.js';
import type { Context } from '../context.js';
import { RefusedError, UnreachableError } from '../http.js';

export function logoutCommand(program: Command, ctx: Context): void {
  program
    .command('logout')
    .description('end the sign-in of this machine')
    .action(() => logout(ctx));
}

async function logout(ctx: Context): Promise<void> {
  const { credentials, output, host } = ctx;
  const settings = ctx.settings();
  const credential = await credentials.read(settings.apiUrl);
  if (credential === null) {
    output.print(`You are not signed in to ${settings.apiUrl}`);
  } else {
    const ended = await endToken(ctx, createApi(settings, credential.token, host.signal));
    await credentials.remove(settings.apiUrl);
    if (ended) {
      output.print(`Signed out of ${settings.apiUrl}`);
    } else {
      output.print(`Removed the sign-in to ${settings.apiUrl} from this machine`);
      output.warn('The server did not confirm: end the token in the dashboard, under CLI tokens.');
    }
  }
  if (settings.token !== undefined) {
    output.warn('AURA_TOKEN is set and still signs you in: unset it.');
  }
}

/** Whether the token is certainly of no use any more. */
async function endToken(ctx: Context, api: ReturnType<typeof createApi>): Promise<boolean> {
  try {
    await api.endToken();
    return true;
  } catch (error) {
    if (ctx.host.signal.aborted) throw error;
    if (error instanceof UnreachableError) return false;
    // A token that the server does not know has ended already.
    if (error instanceof RefusedError) return error.status === 401;
    throw error;
  }
}
