import type { Schemas } from '@auraimage/client';
import { createApi, RequestError } from '../api.js';
import type { Context } from '../context.js';
import { CliError } from '../errors.js';

/** A JWK set (RFC 7517), as its server publishes it. */
export type ReceiptKeySet = Schemas['JwkSet'];

/** Requests the keys of a server's receipts, and saves them for the time when it does not answer. */
export async function requestReceiptKeys(
  { host, home, output }: Pick<Context, 'host' | 'home' | 'output'>,
  issuer: string,
): Promise<ReceiptKeySet> {
  const api = createApi({ baseUrl: issuer, setting: 'AURA_CDN_URL', signal: host.signal });
  const keySet = await api((client) => client.GET('/.well-known/aura-keys.json'));
  const saved = { savedAt: new Date().toISOString(), keySet };
  await home.saveReceiptKeys(issuer, saved).catch((error: unknown) => {
    output.warn(`The keys are not saved for later: ${error instanceof Error ? error.message : ''}`);
  });
  return keySet;
}

/**
 * The keys of a server's receipts: as it publishes them now, or, if it does not answer, as it did when `aura` last
 * requested them.
 */
export async function findReceiptKeys(ctx: Context, issuer: string): Promise<ReceiptKeySet> {
  try {
    return await requestReceiptKeys(ctx, issuer);
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 0) throw error;
    const saved = await ctx.home.receiptKeys(issuer);
    if (saved === null) {
      throw new CliError(error.message, {
        code: error.code,
        cause: error,
        fix: `Without the server, pass its keys: --keys FILE. They are at ${issuer}/.well-known/aura-keys.json.`,
      });
    }
    const day = saved.savedAt.slice(0, 10);
    ctx.output.warn(`${error.message}: using its keys of ${day}; a key revoked since is unknown`);
    return saved.keySet as ReceiptKeySet;
  }
}
