import { createHmac, randomBytes } from 'node:crypto';
import {
  type AttemptKind,
  type AttemptLimiter,
  type EncodeBound,
  type EncodeBudget,
  type EncodeWork,
  networkOf,
  type RateLimiter,
} from '@auraimage/ports';
import { type CreateWindows, consume, type Rate, type Windows } from './windows.js';

/** Subjects of a kind, and clients of projects, are hashed into this number of buckets, which bounds the number of counts. */
const BUCKETS = 2 ** 17;

/** Far above what people do, far below what guessing needs. */
export const ATTEMPT_LIMITS: Readonly<Record<AttemptKind, Rate>> = {
  sign_in_network: { points: 30, seconds: 900 },
  sign_in_email_network: { points: 10, seconds: 900 },
  sign_in_email: { points: 100, seconds: 3600 },
  sign_in_browser: { points: 10, seconds: 900 },
  provider_client: { points: 60, seconds: 600 },
  second_factor_network: { points: 30, seconds: 900 },
  second_factor_user: { points: 10, seconds: 900 },
  second_factor_browser: { points: 10, seconds: 900 },
  password_change: { points: 10, seconds: 900 },
  invitation_client: { points: 30, seconds: 600 },
  password_reset_client: { points: 30, seconds: 600 },
  device_request_client: { points: 20, seconds: 600 },
  device_guess_account: { points: 10, seconds: 600 },
  device_guess_client: { points: 20, seconds: 600 },
  device_poll_client: { points: 600, seconds: 600 },
  name_check_client: { points: 120, seconds: 60 },
};

export interface AttemptLimiterOptions {
  /**
   * Secret that hashes subjects. Processes that share their counts must share it. A random one by
   * default.
   */
  readonly key?: Uint8Array;
  readonly limits?: Readonly<Record<AttemptKind, Rate>>;
}

/**
 * Limits attempts, each kind in windows of its own length. IPv6 clients are counted by their /64 network,
 * because one machine usually has all addresses of it.
 *
 * @example
 * const attempts = createAttemptLimiter(createMemoryWindows);
 * await attempts.consume('invitation_client', '203.0.113.7'); // 0: allowed
 */
export function createAttemptLimiter(
  createWindows: CreateWindows,
  { key = randomBytes(32), limits = ATTEMPT_LIMITS }: AttemptLimiterOptions = {},
): AttemptLimiter {
  const windows = new Map<AttemptKind, Windows>();
  const windowsOf = (kind: AttemptKind) => {
    const known = windows.get(kind);
    if (known !== undefined) return known;
    const created = createWindows(kind, limits[kind]);
    windows.set(kind, created);
    return created;
  };

  const bucketOfSubject = (kind: AttemptKind, subject: string) =>
    bucketOf(key, kind.endsWith('_client') ? networkOf(subject) : subject);

  return {
    consume: (kind, subject) => consume(windowsOf(kind), bucketOfSubject(kind, subject)),
    async refund(kind, subject) {
      const bucket = bucketOfSubject(kind, subject);
      const counted = await windowsOf(kind).get(bucket);
      if ((counted?.consumedPoints ?? 0) > 0) await windowsOf(kind).reward(bucket, 1);
    },
    async reset(kind, subject) {
      await windowsOf(kind).delete(bucketOfSubject(kind, subject));
    },
  };
}

export interface RateLimiterOptions {
  readonly perClient: Rate;
  readonly perProject: Rate;
}

/**
 * Limits uploads. An upload that the client's own rate refuses does not count against the project. IPv6
 * clients are counted by their /64 network.
 *
 * @example
 * createRateLimiter(createMemoryWindows, {
 *   perClient: { points: 120, seconds: 60 },
 *   perProject: { points: 1200, seconds: 60 },
 * });
 */
export function createRateLimiter(
  createWindows: CreateWindows,
  { perClient, perProject }: RateLimiterOptions,
): RateLimiter {
  const clients = createWindows('upload_client', perClient);
  const projects = createWindows('upload_project', perProject);
  return {
    async consume(client, project) {
      const wait = client === null ? 0 : await consume(clients, networkOf(client));
      return wait || (await consume(projects, project));
    },
  };
}

export interface EncodeBudgetOptions {
  /** CPU time that image processes may take for each project in a minute. */
  readonly secondsPerMinute: number;
  /** Secret that hashes clients. Processes that share their counts must share it. A random one by default. */
  readonly key?: Uint8Array;
}

/**
 * The part of a project's budget that each bound allows. A client has less than an image, so that it cannot use
 * up the time of an image alone. A quarter is left for signed work, whatever is done without a token.
 */
const SHARES: Readonly<Record<EncodeBound, number>> = {
  project: 1,
  unsigned: 3 / 4,
  client: 1 / 3,
  image: 1 / 2,
};

/**
 * Each bound counts in windows of a minute, which begin with its first charge. Time spent beyond a bound expires
 * with its minute; only encodes in flight can overdraw it.
 *
 * @example
 * const budget = createEncodeBudget(createMemoryWindows, { secondsPerMinute: 60 });
 * const work = { project: 'my-app', client: '203.0.113.7', image: 'object-id', signed: false };
 * if ((await budget.check(work)) === null) await budget.spend(work, 350);
 */
export function createEncodeBudget(
  createWindows: CreateWindows,
  { secondsPerMinute, key = randomBytes(32) }: EncodeBudgetOptions,
): EncodeBudget {
  const open = (bound: EncodeBound, name = `encode_${bound}`) => {
    const points = Math.ceil(secondsPerMinute * 1000 * SHARES[bound]);
    return { bound, points, windows: createWindows(name, { points, seconds: 60 }) };
  };
  const bounds = {
    project: open('project', 'encode'),
    unsigned: open('unsigned'),
    client: open('client'),
    image: open('image'),
  };
  /** The bounds that work counts for, each with the key of its window. */
  const boundsOf = ({ project, client, image, signed }: EncodeWork) => {
    const counted = [{ ...bounds.project, id: project }];
    if (!signed) counted.push({ ...bounds.unsigned, id: project });
    if (client !== undefined) {
      counted.push({ ...bounds.client, id: bucketOf(key, `${project}\n${client}`) });
    }
    if (image !== undefined) counted.push({ ...bounds.image, id: image });
    return counted;
  };

  return {
    async check(work) {
      const refusals = await Promise.all(
        boundsOf(work).map(async ({ bound, points, windows, id }) => {
          const minute = await windows.get(id);
          if (minute === null || minute.consumedPoints < points) return [];
          const retryAfterSeconds = Math.ceil(minute.msBeforeNext / 1000);
          return retryAfterSeconds > 0 ? [{ bound, retryAfterSeconds }] : [];
        }),
      );
      const [longest] = refusals.flat().sort((a, b) => b.retryAfterSeconds - a.retryAfterSeconds);
      return longest ?? null;
    },
    async spend(work, milliseconds) {
      const whole = Math.ceil(milliseconds); // windows count whole points
      await Promise.all(
        boundsOf(work).map(({ windows, id }) =>
          whole >= 0 ? windows.penalty(id, whole) : windows.reward(id, -whole),
        ),
      );
    },
  };
}

/** The key keeps it secret which texts share a bucket, so nobody can use up the counts of a chosen one. */
function bucketOf(key: Uint8Array, text: string): string {
  return String(createHmac('sha256', key).update(text).digest().readUInt32BE() % BUCKETS);
}
