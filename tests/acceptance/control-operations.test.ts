import { afterAll, describe, expect, it } from 'vitest';
import { CLIENT, startTestProvider } from '../harness/openid-provider.js';
import { CASES } from './support/api-cases.js';
import { IMAGE_CASES } from './support/api-cases-images.js';
import { createPlayer } from './support/api-player.js';
import { openWorld } from './support/api-world.js';

const provider = await startTestProvider();
const world = await openWorld({
  AURA_WEBHOOK_NETWORKS: '127.0.0.1',
  AURA_OIDC_ISSUER: provider.issuer,
  AURA_OIDC_CLIENT_ID: CLIENT.id,
  AURA_OIDC_CLIENT_SECRET: CLIENT.secret,
});
provider.serve(`${world.server.appUrl}/v1/auth/sign-in/provider/callback`);
const player = createPlayer(world);
afterAll(async () => {
  await world.server.kill();
  await provider.close();
});

/** Codes that all operations of a kind have. control-frame, control-fields and control-guessing test them; a test of
 * packages/control passes the time after which a CLI token expires. */
const EVERYWHERE = [
  'json_required',
  'json_malformed',
  'json_too_large',
  'field_invalid',
  'sign_in_required',
  'credential_invalid',
  'cli_token_expired',
  'cross_site_request',
  'too_many_attempts',
  'sign_in_busy',
  'second_factor_locked', // after a hundred wrong codes: tested without HTTP
  'provider_unavailable', // control-provider stops the provider
];

const { operations } = world.document;

describe('every operation of the description', () => {
  it('has a test', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  it.each(Object.entries(CASES))('%s', async (_, play) => {
    await play(player);
  });

  it('succeeds in its test', () => {
    const failed = operations.filter(({ id }) => !player.seen.get(id)?.has('success'));
    expect(failed.map(({ id }) => id)).toEqual(['upload']); // tested, but as a form
  });

  it('returns each of its documented errors in its test', () => {
    const unseen = operations
      .filter(({ id }) => !(id in IMAGE_CASES))
      .flatMap(({ id, errors }) =>
        Object.values(errors)
          .flat()
          .filter((code) => !EVERYWHERE.includes(code) && !player.seen.get(id)?.has(code))
          .map((code) => `${id}: ${code}`),
      );
    // control-ownership requests each of these for a foreign project, and the test of permissions with every role.
    const elsewhere = [': project_not_found', ': role_forbidden'];
    expect(unseen.filter((text) => !elsewhere.some((end) => text.endsWith(end)))).toEqual([]);
  });
});
