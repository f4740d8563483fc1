import { DurableObject } from 'cloudflare:workers';
import { StorageUnavailableError } from '@auraimage/ports';
import { type Counted, type CreateWindows, withHashedKeys } from './windows.js';

export { createLimits, type LimitRates } from './create-limits.js';

// What this adapter uses of a Worker's binding: https://developers.cloudflare.com/durable-objects/api/

/** The binding of {@link LimitsObject}. */
export interface LimitsNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): Pick<LimitsObject, 'add' | 'find' | 'close'>;
}

interface Row {
  readonly points: number;
  readonly ends_at: number;
}

interface Storage {
  readonly sql: {
    exec(query: string, ...values: readonly (string | number)[]): { toArray(): unknown[] };
  };
}

/** New windows after which those that have closed are removed. */
const CLEANUP_AFTER = 100;

/**
 * Counts windows in a Durable Object: one place in the world counts each key, so that no attempt is counted late or
 * twice. They are in its storage, because Cloudflare ends an object that nobody asks for a while.
 */
export class LimitsObject extends DurableObject {
  readonly #sql: Storage['sql'];
  #opened = 0;

  constructor(state: { readonly storage: Storage }, env: unknown) {
    super(state, env);
    this.#sql = state.storage.sql;
    this.#sql.exec(`CREATE TABLE IF NOT EXISTS windows (
      name TEXT, key TEXT, points INTEGER, ends_at INTEGER, PRIMARY KEY (name, key)
    ) WITHOUT ROWID, STRICT`);
  }

  /** Counts points, and opens a window if none is open. Negative points are taken back: none is opened for them. */
  async add(name: string, key: string, points: number, seconds: number): Promise<Counted> {
    const now = this.now();
    const open = this.#find(name, key, now);
    if (open === null && points < 0) return { consumedPoints: 0, msBeforeNext: 0 };
    const counted = {
      consumedPoints: Math.max(0, (open?.points ?? 0) + points),
      endsAt: open?.ends_at ?? now + seconds * 1000,
    };
    this.#sql.exec(
      'INSERT OR REPLACE INTO windows (name, key, points, ends_at) VALUES (?, ?, ?, ?)',
      name,
      key,
      counted.consumedPoints,
      counted.endsAt,
    );
    // Also with the first window after a start: an object may end before it has opened many.
    if (open === null && this.#opened++ % CLEANUP_AFTER === 0) {
      this.#sql.exec('DELETE FROM windows WHERE ends_at <= ?', now);
    }
    return { consumedPoints: counted.consumedPoints, msBeforeNext: counted.endsAt - now };
  }

  async find(name: string, key: string): Promise<Counted | null> {
    const now = this.now();
    const open = this.#find(name, key, now);
    if (open === null) return null;
    return { consumedPoints: open.points, msBeforeNext: open.ends_at - now };
  }

  async close(name: string, key: string): Promise<void> {
    this.#sql.exec('DELETE FROM windows WHERE name = ? AND key = ?', name, key);
  }

  /** Milliseconds since 1970. */
  protected now(): number {
    return Date.now();
  }

  #find(name: string, key: string, now: number): Row | null {
    const [row] = this.#sql
      .exec('SELECT points, ends_at FROM windows WHERE name = ? AND key = ?', name, key)
      .toArray() as Row[];
    return row === undefined || row.ends_at <= now ? null : row;
  }
}

/**
 * Counts in Durable Objects of {@link LimitsObject}, which all isolates of a Worker share. The first character of a hashed key
 * chooses one of 64. While they do not answer, everything that is limited fails with 503.
 *
 * @param key secret that hashes keys
 *
 * @example
 * const limits = createLimits(createDurableWindows(env.LIMITS, key), rates, key);
 */
export function createDurableWindows(namespace: LimitsNamespace, key: Uint8Array): CreateWindows {
  const call = async <T>(
    hashed: string,
    work: (limits: Pick<LimitsObject, 'add' | 'find' | 'close'>) => Promise<T>,
  ): Promise<T> => {
    try {
      // A stub belongs to the request that made it.
      return await work(namespace.get(namespace.idFromName(hashed.slice(0, 1))));
    } catch (cause) {
      throw new StorageUnavailableError('the Durable Object of the limits does not answer', {
        cause,
      });
    }
  };
  return (name, { points: most, seconds }) => {
    const add = (hashed: string, points: number) =>
      call(hashed, (limits) => limits.add(name, hashed, points, seconds));
    return withHashedKeys(
      {
        async consume(hashed) {
          const { consumedPoints, msBeforeNext } = await add(hashed, 1);
          return consumedPoints > most ? Math.max(1, msBeforeNext) : 0;
        },
        get: (hashed) => call(hashed, (limits) => limits.find(name, hashed)),
        penalty: add,
        reward: (hashed, points) => add(hashed, -points),
        delete: (hashed) => call(hashed, (limits) => limits.close(name, hashed)),
      },
      key,
    );
  };
}
