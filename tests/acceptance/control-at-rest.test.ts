import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder } from '../harness/remove.js';
import { startTestServer, temporaryFolder } from '../harness/server.js';
import { CASES } from './support/api-cases.js';
import { createPlayer, type Player } from './support/api-player.js';
import { openWorld, type World } from './support/api-world.js';
import { filesUnder } from './support/upload-store.js';

// Calls every operation of the API, then searches for every secret in the operator's log and database.
const LONG_MS = 180_000;
let dataDir: string;
let world: World;
let player: Player;
let secrets: readonly string[];
/** Contents by file name: while the server runs, and after it has ended. */
const kept: { readonly name: string; readonly content: Buffer }[] = [];

/** Not what holds secrets on purpose: the key, and the files of the first start. */
const isKept = (path: string) => !/\/(?:store|cache)\/|\.key$|\.txt$/.test(path);

async function keep(): Promise<void> {
  for (const path of (await filesUnder(dataDir)).filter(isKept)) {
    kept.push({ name: basename(path), content: await readFile(path) });
  }
}

beforeAll(async () => {
  dataDir = await temporaryFolder();
  const env = { AURA_LOG_LEVEL: 'trace', AURA_WEBHOOK_NETWORKS: '127.0.0.1' };
  world = await openWorld(env, dataDir);
  player = createPlayer(world);
  for (const play of Object.values(CASES)) await play(player);
  await keep();
  await world.server.stop();
  await keep();
  const { owner, outsider, ownersToken, outsidersToken, server } = world;
  const { secretKey, serveSecret } = server.credentials;
  const setup = new URL(server.setupUrl).searchParams.get('token') ?? '';
  const cookies = [owner, outsider].flatMap((person) => person.cookies().map(([, value]) => value));
  const passwords = [owner.password, outsider.password];
  const tokens = [ownersToken, outsidersToken, secretKey, serveSecret, setup];
  secrets = [...player.secrets, ...cookies, ...passwords, ...tokens];
}, LONG_MS);
afterAll(async () => {
  await world?.server.kill();
  await removeFolder(dataDir);
});

describe('secrets in requests and responses', () => {
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
    expect(names.filter((name) => /\.(?:db|sqlite)$/.test(name))).toHaveLength(2);
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
