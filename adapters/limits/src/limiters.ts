import { createHmac, randomBytes } from 'node:crypto';
import {
  type AttemptKind,
  type AttemptLimiter,
  type EncodeBudget,
  networkOf,
  type RateLimiter,
} from '@auraimage/ports';
import { type CreateWindows, consume, type Rate, type Windows } from './windows.js';

/** Subjects of a kind are hashed into this number of buckets, which bounds the number of counts. */
const BUCKETS = 2 ** 17;

/** Far above what people do, far below what guessing needs. */
export const ATTEMPT_LIMITS: Readonly<Record<AttemptKind, Rate>> = {
  sign_in_client: { points: 30, seconds: 900 },
  sign_in_email: { points: 10, seconds: 900 },
  password_change: { points: 10, seconds: 900 },
  invitation_client: { points: 30, seconds: 600 },
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
 * await attempts.consume('sign_in_client', '203.0.113.7'); // 0: allowed
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

  // The key keeps it secret which subjects share a bucket, so nobody can lock out a chosen subject.
  const bucketOf = (kind: AttemptKind, subject: string) => {
    const text = kind.endsWith('_client') ? networkOf(subject) : subject;
    return String(createHmac('sha256', key).update(text).digest().readUInt32BE() % BUCKETS);
  };

  return {
    consume: (kind, subject) => consume(windowsOf(kind), bucketOf(kind, subject)),
    async refund(kind, subject) {
      const bucket = bucketOf(kind, subject);
      const counted = await windowsOf(kind).get(bucket);
      if ((counted?.consumedPoints ?? 0) > 0) await windowsOf(kind).reward(bucket, 1);
    },
    async reset(kind, subject) {
      await windowsOf(kind).delete(bucketOf(kind, subject));
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
      return (await consume(clients, networkOf(client))) || (await consume(projects, project));
    },
  };
}

export interface EncodeBudgetOptions {
  /** Encoding time that each project may use in a minute. */
  readonly secondsPerMinute: number;
}

/**
 * A project's minute begins with its first charge. Time spent beyond the budget expires with the minute;
 * only encodes in flight can overdraw it.
 *
 * @example
 * const budget = createEncodeBudget(createMemoryWindows, { secondsPerMinute: 60 });
 * await budget.spend('my-app', 350);
 */
export function createEncodeBudget(
  createWindows: CreateWindows,
  { secondsPerMinute }: EncodeBudgetOptions,
): EncodeBudget {
  const points = secondsPerMinute * 1000;
  const spent = createWindows('encode', { points, seconds: 60 });
  return {
    async retryAfter(project) {
      const minute = await spent.get(project);
      if (minute === null || minute.consumedPoints < points) return 0;
      return Math.max(0, Math.ceil(minute.msBeforeNext / 1000));
    },
    async spend(project, milliseconds) {
      const whole = Math.ceil(milliseconds); // windows count whole points
      if (whole >= 0) await spent.penalty(project, whole);
      else await spent.reward(project, -whole);
    },
  };
}
