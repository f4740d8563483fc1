import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shortOrLong } from '../harness/long.js';
import { noiseImage } from '../heavy/support/images.js';
import { faultsOf, listImages } from '../heavy/support/library.js';
import { tinyDisk } from '../heavy/support/tiny-disk.js';
import { until } from '../heavy/support/until.js';
import type { Fault } from '../s3/support/fault-proxy.js';
import { type Cluster, type ClusterServer, openCluster } from './support/cluster.js';
import type { Flip, Trouble } from './support/history.js';
import { makeImage } from './support/images.js';
import { type KnownImage, type Readers, startReaders } from './support/readers.js';
import { REQUEST_LIMIT_MS, readOnce, type Seen, type Target } from './support/reads.js';
import { complaintOf, type Sent, startUploaders, type Uploaders } from './support/uploads.js';
import { judgeAll } from './support/verdicts.js';

/** How long each fault lasts at least, in milliseconds. */
const FAULT_MS = shortOrLong(2000, 10_000);
/** How long a fault without the expected effects lasts, in milliseconds. */
const MOST_MS = 60_000;
/** Pause between two reads of a reader, which hashes megabytes for some of them. */
const REST_MS = shortOrLong(500, 0);
/** Of an image that is streamed: far more than the faults let pass. */
const LARGE_BYTES = shortOrLong(300_000, 1_000_000);
/** More connections to the database than this are cut, so that some are in use. */
const MOST_CUTS = 10;
/** The third server's folder for the files of uploads in progress. */
const DISK = '24m';

let cluster: Cluster;
let images: KnownImage[];
let flips: { image: string; flips: Flip[] }[];
let readers: Readers;
let uploaders: Uploaders;
const troubles: Trouble[] = [];

beforeAll(async () => {
  cluster = await openCluster({
    wrapLast: (dataDir) => tinyDisk(dataDir, DISK),
  });
  const { servers, nginx, aura } = cluster;
  const small = await noiseImage(20_000);
  const large = await noiseImage(LARGE_BYTES);
  const plans = [
    [small, 'public', ['w=32&fmt=jpeg']],
    [small, 'private', ['w=32&fmt=jpeg']],
    [large, 'public', []],
    [large, 'private', []],
  ] as const;
  images = [];
  flips = [];
  for (const [file, visibility, variants] of plans) {
    const image = await makeImage(cluster, file, visibility, variants);
    images.push(image);
    const only = { image: image.key, to: visibility, began: 0, ended: 0, answered: true };
    flips.push({ image: image.key, flips: [only] });
  }
  const targets: Target[] = [...servers, { name: 'nginx', url: nginx.url }];
  readers = startReaders(
    images,
    targets.flatMap((target) => [
      { target, signed: false, count: 1 },
      { target, signed: true, count: 1 },
    ]),
    { restMs: REST_MS },
  );
  uploaders = startUploaders(aura, servers, [await noiseImage(8000), await noiseImage(300_000)]);
});

afterAll(async () => {
  await readers?.end();
  await uploaders?.end();
  await cluster?.close();
});

async function trouble(
  what: string,
  servers: readonly ClusterServer[],
  work: (during: Trouble) => Promise<void>,
): Promise<Trouble> {
  const names = [...servers.map(({ name }) => name), 'nginx'];
  const entry = { what, servers: names, from: performance.now(), until: Infinity };
  troubles.push(entry);
  await work(entry);
  entry.until = performance.now();
  return entry;
}

/** Does it again until its effects were seen, however slow the machine is, but not for ever. */
async function untilSeen(isSeen: () => boolean, work: () => Promise<unknown>): Promise<void> {
  const limit = performance.now() + MOST_MS;
  while (!isSeen() && performance.now() < limit) await work();
}

/** Statuses of reads and uploads through a server. */
interface Effects {
  readonly reads: readonly number[];
  readonly uploads: readonly number[];
}

const areSeen = ({ reads, uploads }: Effects, during: Trouble, { name }: ClusterServer) => {
  const read = statuses(readers.seen, during, name);
  const sent = statuses(uploaders.sent, during, name);
  return reads.every((status) => read.has(status)) && uploads.every((status) => sent.has(status));
};

/** Makes the store fail for one server, in different ways. */
const store = (
  server: ClusterServer,
  what: string,
  faults: readonly (Fault | 'refuse')[],
  effects: Effects,
) =>
  trouble(`store: ${what}`, [server], async (during) => {
    const fail = async () => {
      for (const fault of faults) {
        if (fault === 'refuse') await server.toStore.refuse();
        else server.toStore.fail(fault);
        await sleep(FAULT_MS / faults.length);
        if (fault !== 'refuse') {
          await until(`${what}: a request`, () => (server.toStore.struck() > 0 ? true : null));
        }
        await server.toStore.heal();
      }
    };
    await fail();
    await untilSeen(() => areSeen(effects, during, server), fail);
  });

const fillDisk = (server: ClusterServer, effects: Effects) =>
  trouble('disk', [server], async (during) => {
    const folder = join(`/proc/${server.server().process.pid}/root`, server.dataDir);
    const filler = join(folder, 'filler');
    // Fills the free space.
    await writeFile(filler, Buffer.alloc(64 * 1024 * 1024)).catch(() => {});
    await sleep(FAULT_MS);
    await untilSeen(
      () => areSeen(effects, during, server),
      () => sleep(100),
    );
    await rm(filler);
  });

/**
 * Reads and an upload work again through every server, without a restart. In the short form, each kind of read is
 * sent to one of the servers; all the readers go on with all kinds.
 */
async function expectRecovery(): Promise<void> {
  for (const [index, server] of cluster.servers.entries()) {
    for (const image of images) {
      const own = image.kinds.filter((_, place) => place % cluster.servers.length === index);
      for (const kind of shortOrLong(own, image.kinds)) {
        await until(`${kind.name} through ${server.name}`, async () => {
          const seen = await readOnce({
            image,
            kind,
            target: server,
            token: image.token,
            agent: false,
          });
          return seen.status === kind.given.status && seen.code === '' ? true : null;
        });
      }
    }
    const before = uploaders.sent.length;
    await until(`an upload through ${server.name}`, () =>
      uploaders.sent
        .slice(before)
        .some((sent) => sent.through === server.name && sent.status === 201)
        ? true
        : null,
    );
    expect(server.server().process.exitCode).toBeNull();
    expect(server.server().process.signalCode).toBeNull();
  }
}

const within =
  ({ from, until }: Trouble) =>
  ({ began, ended }: Seen | Sent) =>
    began >= from && ended <= until;
const statuses = (list: readonly (Seen | Sent)[], during: Trouble, through: string) =>
  new Set(
    list
      .filter(within(during))
      .filter((one) => one.through === through)
      .map(({ status }) => status),
  );

function expectEffects({ reads, uploads }: Effects, during: Trouble, { name }: ClusterServer) {
  expect([...statuses(readers.seen, during, name)]).toEqual(expect.arrayContaining([...reads]));
  expect([...statuses(uploaders.sent, during, name)]).toEqual(expect.arrayContaining([...uploads]));
}

describe('several servers', () => {
  it('keep serving while the store refuses or stalls for one of them and the disk of another is full', async () => {
    const [first, second, third] = cluster.servers;
    const ofStore = { reads: [200, 403, 503], uploads: [503] };
    const ofDisk = { reads: [200], uploads: [507] };
    const [refused, stalled, full] = await Promise.all([
      store(first, 'refuses', ['refuse'], ofStore),
      store(second, 'stalls', [{ how: 'stall' }], ofStore),
      fillDisk(third, ofDisk),
    ]);
    await expectRecovery();
    expectEffects(ofStore, refused, first);
    expectEffects(ofStore, stalled, second);
    expectEffects(ofDisk, full, third);
    expect(statuses(readers.seen, full, 'third')).not.toContain(503);
  });

  it('keep serving while the store’s responses break off and database connections break or stall', async () => {
    const [first, second, third] = cluster.servers;
    const ofBroken = { reads: [0], uploads: [201] };
    const ofCut = { reads: [200], uploads: [] };
    const ofStalled = { reads: [503], uploads: [503] };
    let struck = 0;
    const [broken, cut, stalled] = await Promise.all([
      store(
        first,
        'breaks',
        [
          { how: 'cut', after: 5000 },
          { how: 'short', after: 5000 },
          { how: 'corrupt', after: 5000 },
          { how: 'lose', method: 'PUT' },
        ],
        ofBroken,
      ),
      trouble('database: cut', [second], async (during) => {
        let pause = 50;
        const cutAll = async () => {
          struck += second.toDatabase.cut();
          await sleep(pause);
          pause *= 1.05; // so that a slow machine gets through in between
        };
        for (const end = performance.now() + FAULT_MS; performance.now() < end; ) await cutAll();
        await untilSeen(() => struck > MOST_CUTS && areSeen(ofCut, during, second), cutAll);
      }),
      trouble('database: stalls', [third], async (during) => {
        third.toDatabase.stall();
        await sleep(FAULT_MS + 2000);
        await untilSeen(
          () => areSeen(ofStalled, during, third),
          () => sleep(100),
        );
        await third.toDatabase.heal();
      }),
    ]);
    await expectRecovery();
    expectEffects(ofBroken, broken, first);
    expectEffects(ofCut, cut, second);
    expectEffects(ofStalled, stalled, third);
    expect(struck).toBeGreaterThan(MOST_CUTS);
    const silent = readers.seen
      .filter(within(stalled))
      .filter(({ through, ended }) => through === 'third' && ended > stalled.from + 1000);
    expect(new Set(silent.map(({ status }) => status))).toEqual(new Set([503]));
  });

  it('serve nothing, public or private, while the database is unavailable, and recover with it', async () => {
    const { database, servers, nginx } = cluster;
    let down: Trouble | undefined;
    await trouble('database: away', servers, async () => {
      await database.shutDown();
      const during: Trouble = {
        what: 'down',
        servers: [],
        from: performance.now(),
        until: Infinity,
      };
      await sleep(FAULT_MS);
      const isSeen = () =>
        servers.every((server) => areSeen({ reads: [503], uploads: [503] }, during, server)) &&
        statuses(readers.seen, during, 'nginx').has(503);
      await untilSeen(isSeen, () => sleep(100));
      during.until = performance.now();
      down = during;
      await database.start();
    });
    await expectRecovery();
    for (const { name } of [...servers, { name: 'nginx', url: nginx.url }]) {
      expect(statuses(readers.seen, down as Trouble, name)).toEqual(new Set([503]));
    }
    for (const { name } of servers) {
      expect(statuses(uploaders.sent, down as Trouble, name)).toEqual(new Set([503]));
    }
  });

  it('served no wrong byte and no private image, and kept every confirmed upload', async () => {
    await readers.end();
    await uploaders.end();
    const { wrong } = judgeAll(readers.seen, flips, troubles);
    expect(wrong.slice(0, 10)).toEqual([]);
    const complaints = uploaders.sent.map((sent) => complaintOf(sent, troubles)).filter(Boolean);
    expect(complaints.slice(0, 10)).toEqual([]);
    const longest = Math.max(...uploaders.sent.map(({ began, ended }) => ended - began));
    expect(longest).toBeLessThan(REQUEST_LIMIT_MS);

    const { servers, aura, credentials } = cluster;
    const promised = uploaders.sent.filter(({ status }) => status === 201);
    console.log(
      `${readers.seen.length} reads, ${promised.length} of ${uploaders.sent.length} uploads`,
    );
    const [{ url }] = servers;
    const listed = await listImages({ aura, url, credentials });
    const hashes = new Map(listed.map((image) => [image.key, image.sha256]));
    expect(promised.filter(({ key, sha256 }) => hashes.get(key) !== sha256)).toEqual([]);
    // An upload without a response may exist too, but complete. Each is read once: the store is the same for all.
    for (const [index, server] of servers.entries()) {
      const at = {
        url: server.url,
        credentials,
        aura: new AuraImage({ ...credentials, cdnUrl: server.url }),
      };
      const part = listed.filter((_, place) => place % servers.length === index);
      expect(await faultsOf(at, part), server.name).toEqual([]);
    }
  });
});
