import { setTimeout as sleep } from 'node:timers/promises';
import { shortOrLong } from '../../harness/long.js';
import type { Cluster } from './cluster.js';
import { createFlipper, type Flipper } from './flipper.js';
import type { Trouble } from './history.js';
import { createPace } from './pace.js';
import { type KnownImage, type Readers, startReaders } from './readers.js';
import { readOnce, type Seen, type Target } from './reads.js';

/** Pause between two reads of a reader that no flip waits for. */
const REST_MS = shortOrLong(300, 10);

/** Time between two flips of an image once they are slowed down, in milliseconds. */
const CALM_MS = 2000;

/** Readers at every server, with and without tokens, while the images are flipped continuously. */
export interface Storm {
  readonly flippers: readonly Flipper[];
  readonly troubles: readonly Trouble[];
  readonly seen: () => readonly Seen[];
  /** Reads that waited for a paused server until it was resumed. */
  readonly asleep: readonly Seen[];
  /** Number of confirmed changes to private. */
  readonly count: () => number;
  /** Waits for this many more of them. */
  flips(count: number): Promise<void>;
  /** Injects a fault into servers. During it they may fail. */
  trouble(what: string, servers: readonly Target[], work: () => Promise<void>): Promise<void>;
  /** Runs work while every image is confirmed to be private and nothing flips. */
  whilePrivate(work: () => Promise<void>): Promise<void>;
  /** Sends every kind of read without a token to a paused server, then resumes it. */
  readAsleep(server: Target & { resume(): void }): Promise<void>;
  /** Slows the flips down, so that a read that renders ends before the next one on a busy machine too. */
  calm(): void;
  end(): Promise<void>;
}

export interface StormOptions {
  /** Timeout of a change, in milliseconds. */
  readonly giveUpMs: number;
  /** Readers at each server, and at nginx. */
  readonly unsigned: number;
  readonly signed: number;
}

export function startStorm(
  { servers, nginx, credentials }: Pick<Cluster, 'servers' | 'nginx' | 'credentials'>,
  images: readonly KnownImage[],
  { giveUpMs, unsigned, signed }: StormOptions,
): Storm {
  const targets: readonly Target[] = [...servers, { name: 'nginx', url: nginx.url }];
  const troubles: Trouble[] = [];
  const asleep: Seen[] = [];
  const flippers = images.map(({ key }) => createFlipper(credentials, key, giveUpMs));

  const inTrouble = () =>
    troubles.filter(({ until }) => until === Infinity).flatMap((trouble) => trouble.servers);
  const pace = createPace(() => {
    const bad = inTrouble();
    return targets.map(({ name }) => name).filter((name) => !bad.includes(name));
  });
  const readers: Readers = startReaders(
    images,
    targets.flatMap((target) => [
      { target, signed: false, count: unsigned },
      { target, signed: true, count: signed },
    ]),
    {
      next: (plan) => (plan.signed ? undefined : pace.lacking(plan.target.name)),
      onSeen: pace.noteRead,
      restMs: REST_MS,
    },
  );

  let ending = false;
  let hold: Promise<void> | null = null;
  let holding = 0;
  const flipOn = async (flipper: Flipper): Promise<void> => {
    const anyone = () => targets[Math.floor(Math.random() * targets.length)] as Target;
    while (!ending) {
      if (!(await flipper.flip('private', anyone()))) {
        // The visibility is unknown now, so the next change may set either.
        if (hold !== null || Math.random() < 0.5) continue;
      } else if (hold !== null) {
        holding++;
        await hold;
        holding--;
      } else await pace.spell(flipper.image);
      if (await flipper.flip('public', anyone())) await pace.spell(flipper.image);
    }
  };
  const flipping = flippers.map(flipOn);
  const count = () =>
    flippers
      .flatMap(({ flips }) => flips)
      .filter(({ to, answered }) => answered && to === 'private').length;

  return {
    flippers,
    troubles,
    asleep,
    seen: () => [...readers.seen, ...asleep],
    count,
    async flips(more) {
      const goal = count() + more;
      while (count() < goal) await sleep(20);
    },
    async trouble(what, concerned, work) {
      const names = [...concerned.map(({ name }) => name), 'nginx'];
      const trouble = { what, servers: names, from: performance.now(), until: Infinity };
      troubles.push(trouble);
      pace.noteLoss();
      await work();
      trouble.until = performance.now();
    },
    async whilePrivate(work) {
      let release = () => {};
      hold = new Promise((resolve) => {
        release = resolve;
      });
      while (holding < flippers.length) await sleep(5);
      await work();
      hold = null;
      release();
    },
    async readAsleep(server) {
      const reads = images.flatMap((image) =>
        image.kinds.map((kind) =>
          readOnce({ image, kind, target: server, token: '', agent: false }),
        ),
      );
      await sleep(100);
      server.resume();
      asleep.push(...(await Promise.all(reads)));
    },
    calm: () => pace.slow(CALM_MS),
    async end() {
      ending = true;
      await Promise.all(flipping);
      await readers.end();
    },
  };
}
