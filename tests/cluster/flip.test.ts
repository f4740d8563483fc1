import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { type Cluster, openCluster } from './support/cluster.js';
import { makeImage, makeImages } from './support/images.js';
import type { KnownImage } from './support/readers.js';
import { type Revocations, startRevocations } from './support/revocations.js';
import { type Storm, startStorm } from './support/storm.js';
import { judgeAll, type Verdicts } from './support/verdicts.js';

/** Number of confirmed changes of an image to private. */
const FLIPS = shortOrLong(20, 500);
const IMAGES = 3;
/** Longest wait after the faults until there are enough reads, on a busy machine. */
const PROOF_MS = 60_000;
/** Number of confirmed revocations of recipients, during the same faults. */
const REVOCATIONS = shortOrLong(10, 500);
/** Recipients at a time. */
const LANES = shortOrLong(1, 6);
/** Timeout of a change: shorter than a server is paused. */
const GIVE_UP_MS = 800;

type Like = Parameters<Verdicts['count']>[0];

/** Reads through a server, and more of each than how many the checks need to prove something. */
function proofOf(through: string, kinds: readonly string[]): readonly (readonly [Like, number])[] {
  const refused = { through, signed: false, during: 'private', outcome: 'refused' } as const;
  const open = { through, signed: false, during: 'public', outcome: 'given' } as const;
  const signed = { through, signed: true, outcome: 'given' } as const;
  return [
    [refused, FLIPS / 2],
    [open, FLIPS / 2],
    [{ ...signed, during: 'private' }, FLIPS / 20],
    ...kinds.flatMap((kind) =>
      [refused, open, signed].map((like) => [{ ...like, kind }, 0] as const),
    ),
  ];
}

describe('the guarantees of several servers', () => {
  let cluster: Cluster;
  let images: KnownImage[];
  let storm: Storm;
  let revocations: Revocations;

  beforeAll(async () => {
    cluster = await openCluster();
    images = await makeImages(cluster, IMAGES);
    const file = await drawing(200, 149).jpeg().toBuffer();
    const closed = await makeImage(cluster, file, 'private', ['w=32&fmt=jpeg']);
    storm = startStorm(cluster, images, { giveUpMs: GIVE_UP_MS, unsigned: 2, signed: 1 });
    const { troubles } = storm;
    revocations = startRevocations(cluster, closed, { lanes: LANES, troubles });
  });

  afterAll(async () => {
    await Promise.all([storm?.end(), revocations?.end()]);
    await cluster?.close();
  });

  const what =
    'about flips and revocations hold while servers die and sleep and the database restarts';
  it(what, { timeout: 600_000 }, async () => {
    const { servers, database } = cluster;
    const [first, second, third] = servers;
    const { trouble, flips, whilePrivate, readAsleep } = storm;

    const crash = async (): Promise<void> => {
      const ended = once(database.process(), 'exit');
      database.process().kill('SIGQUIT'); // immediate shutdown
      await ended;
    };
    const restartDatabase = async (): Promise<void> => {
      await crash();
      await sleep(200);
      await database.start();
    };
    const TROUBLES = [
      () =>
        trouble('the first is killed', [first], async () => {
          await first.kill();
          await flips(5);
          await first.start();
        }),
      () =>
        trouble('the second sleeps', [second], async () => {
          second.pause();
          await flips(5);
          await sleep(GIVE_UP_MS); // the change has timed out
          await whilePrivate(() => readAsleep(second));
        }),
      () => trouble('the database restarts', servers, restartDatabase),
      () =>
        trouble('the third hears late from the database', [third], async () => {
          third.toDatabase.stall();
          await flips(5);
          await sleep(GIVE_UP_MS);
          await whilePrivate(async () => {
            await third.toDatabase.heal(); // its held-back bytes arrive now
            await sleep(500);
          });
        }),
      () =>
        trouble('the third sleeps and the first is killed', [first, third], async () => {
          third.pause();
          await first.kill();
          await flips(5);
          await whilePrivate(async () => {
            await first.start();
            await readAsleep(third);
          });
        }),
      () =>
        trouble('the database restarts while the second sleeps', servers, async () => {
          second.pause();
          await flips(2);
          await whilePrivate(async () => {
            await restartDatabase();
            await readAsleep(second);
          });
        }),
    ];
    const between = Math.floor(FLIPS / (TROUBLES.length + 1));
    for (const next of TROUBLES) {
      await flips(between);
      await next();
    }
    while (storm.count() < FLIPS || revocations.count() < REVOCATIONS) await sleep(20);
    const judgeNow = () => judgeAll(storm.seen(), storm.flippers, storm.troubles);
    const targets = [...servers.map(({ name }) => name), 'nginx'];
    const kinds = (images[0]?.kinds ?? []).map(({ name }) => name);
    const isProof = ({ count }: Verdicts) =>
      targets.every((through) =>
        proofOf(through, kinds).every(([like, most]) => count(like) > most),
      );
    for (const end = performance.now() + PROOF_MS; performance.now() < end; await sleep(500)) {
      if (isProof(judgeNow())) break;
      storm.calm();
    }
    await Promise.all([storm.end(), revocations.end()]);

    const { wrong, count } = judgeNow();
    console.log(`${storm.count()} flips, ${storm.seen().length} reads`);
    console.log(`${revocations.count()} revocations`);
    expect(revocations.wrong.slice(0, 10)).toEqual([]);
    expect(wrong.slice(0, 10)).toEqual([]);
    expect(storm.flippers.flatMap(({ complaints }) => complaints)).toEqual([]);

    // The checks below prove something only with this many observations.
    for (const through of targets) {
      for (const outcome of ['given', 'refused'] as const) {
        expect(revocations.reads(through, outcome)).toBeGreaterThan(REVOCATIONS / 2);
      }
      for (const [like, most] of proofOf(through, kinds)) {
        expect(count(like), JSON.stringify(like)).toBeGreaterThan(most);
      }
    }
    const reads = IMAGES * (images[0]?.kinds.length ?? 0);
    const asleep = storm.asleep.map(({ status }) => status);
    expect(asleep.slice(0, 2 * reads)).toEqual(Array.from({ length: 2 * reads }, () => 403));
    // A resumed server may fail once with its connections to the restarted database.
    expect(asleep.slice(2 * reads)).toHaveLength(reads);
    expect(new Set(asleep)).toContain(403);
    expect(count({ through: 'first', status: 0 })).toBeGreaterThan(0);
    expect(count({ through: 'third', status: 503 })).toBeGreaterThan(0);
    const unanswered = storm.flippers
      .flatMap((flipper) => flipper.flips)
      .filter((flip) => !flip.answered);
    expect(unanswered.length).toBeGreaterThan(0);
  });
});
