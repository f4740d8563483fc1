import { setTimeout as sleep } from 'node:timers/promises';

const LIMIT_MS = 20_000;

/** Polls until the result is not `null`; throws after a long timeout. */
export async function until<T>(what: string, ask: () => Promise<T | null> | T | null): Promise<T> {
  const started = Date.now();
  while (Date.now() - started < LIMIT_MS) {
    const value = await ask();
    if (value !== null) return value;
    await sleep(50);
  }
  throw new Error(`waited in vain: ${what}`);
}
