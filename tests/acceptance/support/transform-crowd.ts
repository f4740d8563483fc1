import { type ClientRequest, get } from 'node:http';
import { verdictOf } from './transform-studio.js';

/** Clients who ask at the same time, each on a connection of its own, and may go away. */
export interface Crowd {
  /** What has been answered so far. */
  readonly answers: readonly CrowdAnswer[];
  /** Every client that still waits closes its connection. */
  leave(): void;
}

interface CrowdAnswer {
  readonly verdict: string;
  readonly retryAfter: string | undefined;
}

export function gather(urls: readonly string[]): Crowd {
  const answers: CrowdAnswer[] = [];
  const waiting = new Set<ClientRequest>();
  for (const url of urls) {
    const asked = get(url, { agent: false }, (response) => {
      const { statusCode: status = 0, headers } = response;
      const verdict = verdictOf({ status, headers });
      answers.push({ verdict, retryAfter: headers['retry-after'] });
      response.resume().once('close', () => waiting.delete(asked));
    });
    waiting.add(asked);
    asked.once('error', () => waiting.delete(asked)); // we closed it
  }
  return {
    answers,
    leave() {
      for (const asked of waiting) asked.destroy();
    },
  };
}
