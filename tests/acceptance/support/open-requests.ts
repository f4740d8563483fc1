import { type ClientRequest, get } from 'node:http';
import { verdictOf } from './transform-studio.js';

/** Concurrent requests, each on its own connection. */
export interface OpenRequests {
  /** The responses so far. */
  readonly answers: readonly OpenResponse[];
  /** Closes the connections that are still waiting. */
  abort(): void;
}

interface OpenResponse {
  readonly verdict: string;
  readonly retryAfter: string | undefined;
}

export function openRequests(urls: readonly string[]): OpenRequests {
  const answers: OpenResponse[] = [];
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
    abort() {
      for (const asked of waiting) asked.destroy();
    },
  };
}
