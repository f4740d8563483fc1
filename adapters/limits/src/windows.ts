import { createHmac } from 'node:crypto';

/** A number of points per window, and its length. */
export interface Rate {
  readonly points: number;
  readonly seconds: number;
}

export interface Counted {
  readonly consumedPoints: number;
  readonly msBeforeNext: number;
}

/** Fixed windows of one rate. The window of a key opens with its first count. A key may be any text. */
export interface Windows {
  /** Counts one point. @returns 0 when that is within the rate, else the milliseconds until the window closes */
  consume(key: string): Promise<number>;
  /** `null` when no window is open. */
  get(key: string): Promise<Counted | null>;
  /** Counts points regardless of the rate. */
  penalty(key: string, points: number): Promise<unknown>;
  /** Takes points back. */
  reward(key: string, points: number): Promise<unknown>;
  /** Closes the window. */
  delete(key: string): Promise<unknown>;
}

/**
 * Creates the windows of a rate.
 *
 * @param name separates their keys from those of other windows
 */
export type CreateWindows = (name: string, rate: Rate) => Windows;

/** Counts one point. @returns 0 when that is within the rate, else the whole seconds to wait, at least 1 */
export async function consume(windows: Windows, key: string): Promise<number> {
  const milliseconds = await windows.consume(key);
  return milliseconds > 0 ? Math.max(1, Math.ceil(milliseconds / 1000)) : 0;
}

/**
 * Windows whose keys are hashed, so that where they are kept does not reveal who was counted.
 *
 * @param secret the same for all that share the counts
 */
export function withHashedKeys(windows: Windows, secret: Uint8Array): Windows {
  const hash = (key: string) => createHmac('sha256', secret).update(key).digest('base64url');
  return {
    consume: (key) => windows.consume(hash(key)),
    get: (key) => windows.get(hash(key)),
    penalty: (key, points) => windows.penalty(hash(key), points),
    reward: (key, points) => windows.reward(hash(key), points),
    delete: (key) => windows.delete(hash(key)),
  };
}
