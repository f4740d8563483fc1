import type { Command } from 'commander';
import { type Api, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { examples } from '../help.js';

export function logoutCommand(program: Command, ctx: Context): void {
  program
    .command('logout')
    .description('end the sign-in of this machine')
    .addHelpText('after', examples('aura logout'))
    .action(() => logout(ctx));
}

async function logout(ctx: Context): Promise<void> {
  const { home, output } = ctx;
  const { apiUrl, token } = ctx.settings();
  const signIn = await home.signIn(apiUrl);
  if (signIn === null) {
    output.print(`You are not signed in to ${apiUrl}`);
  } else {
    const revoked = await revokeToken(ctx.apiAs(signIn.token));
    await home.removeSignIn(apiUrl);
    if (revoked) {
      output.print(`Signed out of ${apiUrl}`);
    } else {
      output.print(`Removed the sign-in to ${apiUrl} from this machine`);
      output.warn('The server did not confirm: end the token in the dashboard, under CLI tokens.');
    }
  }
  if (token !== undefined) {
    output.warn('AURA_TOKEN is set and still signs you in: unset it.');
  }
}

/**
 * Revokes the token that the API is called with.
 *
 * @returns whether it is certainly invalid now
 */
export async function revokeToken(api: Api): Promise<boolean> {
  try {
    await api((client) => client.DELETE('/v1/auth/cli-tokens/me'), { patienceMs: 0 });
    return true;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    // 401: the server does not accept it any more.
    return error.status === 401;
  }
}
