import type { Api } from './api.js';
import type { Context } from './context.js';
import { usageError } from './errors.js';

/**
 * The API with a sign-in, for what no secret key may do.
 *
 * @param refusal says so
 */
export async function accountApi(ctx: Context, refusal: string): Promise<Api> {
  const api = await ctx.api();
  if ((await ctx.token())?.isSecretKey !== true) return api;
  throw usageError(refusal, 'Unset AURA_TOKEN and run aura login.');
}
