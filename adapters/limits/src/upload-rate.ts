import type { RateLimiter } from '@auraimage/ports';
import { networkOf } from './network.js';
import { type CreateWindows, type Rate, wait } from './windows.js';

export interface RateLimiterOptions {
  readonly perClient: Rate;
  readonly perProject: Rate;
}

/**
 * Upload rates. A client over its own rate does not use up its project's. Clients of IPv6 are counted by
 * their network of 64 bits, of which one machine has all the addresses.
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
    async take(client, project) {
      return (await wait(clients, networkOf(client))) || (await wait(projects, project));
    },
  };
}
