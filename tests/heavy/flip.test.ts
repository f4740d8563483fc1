import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { startTestServer, type TestServer } from '../harness/server.js';
import { upload } from '../harness/upload.js';
import { noiseImage } from './support/images.js';
import { read } from './support/slow-upload.js';

/** Number of changes to private; there are as many to public. */
const FLIPS = shortOrLong(30, 1000);
const UNSIGNED_READERS = 4;
const SIGNED_READERS = 2;
/** Unsigned reads that must start and end within each private spell. */
const READS_PER_SPELL = 2;

describe('visibility changes', () => {
  let server: TestServer;
  const agents: Agent[] = [];

  beforeAll(async () => {
    server = await startTestServer({ encodesAgain: true, env: { AURA_LOG_LEVEL: 'warn' } });
  });

  afterAll(async () => {
    for (const agent of agents) agent.destroy();
    await server?.kill();
  });

  function connection(): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agents.push(agent);
    return agent;
  }

  it('serve nothing without a token after a confirmed change to private, and always serve signed reads', async () => {
    const file = await noiseImage(20_000);
    const { key, url } = await upload(server, file, 'public', 'photo.png');
    const signedUrl = await server.aura.getSignedUrl(key);

    /** Number of the private spell, from the `private` response to the next `public` request; otherwise 0. */
    let spell = 0;
    let spells = 0;
    let readsInSpell = 0;
    let done = false;
    const leaks: string[] = [];
    const signedFailures: string[] = [];
    const seen = { open: 0, refused: 0, signed: 0 };

    const unsignedReader = async (): Promise<void> => {
      const agent = connection();
      while (!done) {
        const begunIn = spell;
        const { status } = await read(url, agent);
        // A read in progress when the `public` request is sent may get a 200.
        const within = begunIn !== 0 && begunIn === spell;
        if (within) readsInSpell++;
        if (status === 200) seen.open++;
        else if (status === 403) seen.refused++;
        if (within && status !== 403) leaks.push(`spell ${begunIn}: ${status}`);
        if (status !== 200 && status !== 403) leaks.push(`status ${status}`);
      }
    };
    const signedReader = async (): Promise<void> => {
      const agent = connection();
      while (!done) {
        const { status, body } = await read(signedUrl, agent);
        seen.signed++;
        if (status !== 200 || body.length !== file.length) signedFailures.push(`status ${status}`);
      }
    };

    const readers = [
      ...Array.from({ length: UNSIGNED_READERS }, unsignedReader),
      ...Array.from({ length: SIGNED_READERS }, signedReader),
    ];
    try {
      for (let flip = 0; flip < FLIPS; flip++) {
        expect(await server.aura.setVisibility(key, 'private')).toEqual({ visibility: 'private' });
        readsInSpell = 0;
        spells++;
        spell = spells;
        while (readsInSpell < READS_PER_SPELL) await sleep(1);
        spell = 0;
        expect(await server.aura.setVisibility(key, 'public')).toEqual({ visibility: 'public' });
      }
    } finally {
      done = true;
      await Promise.all(readers);
    }

    console.log(`flip: ${JSON.stringify(seen)} reads in ${spells} private spells`);
    expect(leaks).toEqual([]);
    expect(signedFailures).toEqual([]);
    expect(seen.open).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThanOrEqual(FLIPS * READS_PER_SPELL);
    expect(seen.signed).toBeGreaterThan(FLIPS);
  });
});
