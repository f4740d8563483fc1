import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import { CLIENT, startTestProvider } from '../harness/openid-provider.js';
import { isWorker } from '../harness/program.js';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, temporaryFolder } from '../harness/server.js';
import { CASES } from './support/api-cases.js';
import { IMAGE_CASES } from './support/api-cases-images.js';
import { WEBHOOK_CASES } from './support/api-cases-webhooks.js';
import { createPlayer, REACHES_HUNDRED } from './support/api-player.js';
import { openOwnWorld } from './support/api-world.js';
import { filesUnder } from './support/upload-store.js';

// Calls every operation of the API, then searches for every secret in the operator's log and database.

const provider = await startTestProvider();
const dataDir = await temporaryFolder();
const world = await openOwnWorld(
  {
    AURA_LOG_LEVEL: differs('levels') ? 'info' : 'trace',
    AURA_WEBHOOK_NETWORKS: '127.0.0.1',
    AURA_OIDC_ISSUER: provider.issuer,
    AURA_OIDC_CLIENT_ID: CLIENT.id,
    AURA_OIDC_CLIENT_SECRET: CLIENT.secret,
  },
  dataDir,
);
provider.serve(`${world.server.appUrl}/v1/auth/sign-in/provider/callback`);
const player = createPlayer(world);
afterAll(async () => {
  await world.server.kill();
  await provider.close();
  await removeFolder(dataDir);
});

/** Codes that all operations of a kind have. control-frame, control-fields and control-guessing test them; a test of
 * packages/http sends a body for longer than it may take, and one of packages/control passes the time after which a CLI
 * token expires. */
const EVERYWHERE = [
  'json_required',
  'json_malformed',
  'json_too_large',
  'body_timeout',
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

/** Codes of limits of a hundred. */
const BY_A_HUNDRED = ['project_limit', 'preset_limit', 'member_limit'];
const isReached = (code: string) => REACHES_HUNDRED || !BY_A_HUNDRED.includes(code);

const { operations } = world.document;

/** Whose case runs a command of the server. */
const BY_COMMAND = 'listPeople';
/** Cases of webhooks send to this machine. */
const isPlayed = (id: string) =>
  !(differs('webhooks') && id in WEBHOOK_CASES) && !(differs('commands') && id === BY_COMMAND);
const played = Object.entries(CASES).filter(([id]) => isPlayed(id));

describe('every operation of the description', () => {
  it('has a test', () => {
    expect(Object.keys(CASES).toSorted()).toEqual(operations.map(({ id }) => id).toSorted());
  });

  it.each(played)('%s', async (_, play) => {
    await play(player);
  });

  it('succeeds in its test', () => {
    const failed = operations.filter(
      ({ id }) => isPlayed(id) && !player.seen.get(id)?.has('success'),
    );
    expect(failed.map(({ id }) => id)).toEqual(['upload']); // tested, but as a form
  });

  it('returns each of its documented errors in its test', () => {
    const unseen = operations
      .filter(({ id }) => isPlayed(id) && !(id in IMAGE_CASES))
      .flatMap(({ id, errors }) =>
        Object.values(errors)
          .flat()
          .filter((code) => !EVERYWHERE.includes(code) && !player.seen.get(id)?.has(code))
          .filter(isReached)
          .map((code) => `${id}: ${code}`),
      );
    // control-ownership requests each of these for a foreign project, and the test of permissions with every role.
    const elsewhere = [': project_not_found', ': role_forbidden'];
    expect(unseen.filter((text) => !elsewhere.some((end) => text.endsWith(end)))).toEqual([]);
  });
});

describe('secrets in requests and responses', () => {
  let secrets: readonly string[];
  /** Contents by file name: while the server runs, and after it has ended. */
  const kept: { readonly name: string; readonly content: Buffer }[] = [];
  /** Not what holds secrets on purpose: the key, and the files of the first start. */
  const isKept = (path: string) => !/\/(?:store|cache)\/|\.key$|\.txt$/.test(path);
  const keep = async () => {
    for (const path of (await filesUnder(dataDir)).filter(isKept)) {
      kept.push({ name: basename(path), content: await readFile(path) });
    }
  };

  beforeAll(async () => {
    await keep();
    await world.server.stop();
    await keep();
    const { owner, outsider, ownersToken, outsidersToken, server } = world;
    const { secretKey, serveSecret } = server.credentials;
    const setup = new URL(server.setupUrl).searchParams.get('token') ?? '';
    const cookies = [owner, outsider].flatMap((person) =>
      person.cookies().map(([, value]) => value),
    );
    const passwords = [owner.password, outsider.password];
    const tokens = [ownersToken, outsidersToken, secretKey, serveSecret, setup, CLIENT.secret];
    secrets = [...player.secrets, ...cookies, ...passwords, ...tokens];
  });

  it('are many', () => {
    expect(secrets.length).toBeGreaterThan(50);
    expect(secrets.filter((each) => each.length < 16)).toEqual([]);
    for (const kind of [/^sk_live_/, /^psk_live_/, /^aura_cli_/]) {
      expect(secrets.some((each) => kind.test(each))).toBe(true);
    }
  });

  it('are not in the log, nor are email addresses', () => {
    const text = world.server.log();
    expect(text.includes('"route":"/v1/projects/{project}"')).toBe(true);
    expect(secrets.filter((each) => text.includes(each))).toEqual([]);
    const emails = text.match(/[\w.+-]+(?:@|%40)[\w-]+\.\w+/g) ?? [];
    expect(emails).toEqual([]);
  });

  it('are not on standard output', () => {
    const text = world.server.output();
    expect(secrets.filter((each) => text.includes(each))).toEqual([]);
    expect(text).not.toContain('token=');
  });

  it('are not in a copy of the database in plain text', () => {
    const names = kept.map(({ name }) => name);
    const databases = names.filter((name) => /\.(?:db|sqlite)$/.test(name));
    // That of the Node server twice; workerd has some of its own beside D1.
    if (isWorker()) expect(databases.length).toBeGreaterThanOrEqual(2);
    else expect(databases).toHaveLength(2);
    expect(names.some((name) => name.endsWith('-wal'))).toBe(true);
    for (const { name, content } of kept) {
      const found = secrets.filter((each) => content.includes(each));
      expect([name, found]).toEqual([name, []]);
    }
    // The search must be able to find a secret.
    expect(kept.some(({ content }) => content.includes(world.owner.email))).toBe(true);
  });

  it('work again after a restart with the key file next to the database', async () => {
    const { credentials } = world.server;
    const again = await startTestServer({ dataDir, credentials });
    try {
      const headers = { Authorization: `Bearer ${world.ownersToken}` };
      const answer = await fetch(`${again.url}/v1/projects/${world.project}/serve-secret`, {
        headers,
      });
      expect(await answer.json()).toEqual({ secret: credentials.serveSecret, previous: null });
    } finally {
      await again.kill();
    }
  });
});
