import { expect } from 'vitest';
import { shortOrLong } from '../../harness/long.js';
import { isWorker } from '../../harness/program.js';
import type { TestServer } from '../../harness/server.js';
import type { Operation } from './api-document.js';
import { asPerson, type Call, call, jsonOf, type World } from './api-world.js';
import { expectError, type Reply } from './serve-request.js';

/** Calls operations by id, validates every response against the description, and records them. */
export interface Player {
  readonly world: World<TestServer>;
  /** As the owner unless `headers` say otherwise. Returns the JSON of the expected response. */
  ok<T = Record<string, unknown>>(id: string, options?: Call, status?: number): Promise<T>;
  refused(id: string, status: number, code: string, options?: Call): Promise<void>;
  send(id: string, options?: Call): Promise<Reply>;
  /** Successes and error codes, by operation. */
  readonly seen: ReadonlyMap<string, ReadonlySet<string>>;
  /** Every secret, token, password and cookie in requests and responses. */
  readonly secrets: ReadonlySet<string>;
}

/** Test of one operation: its success and its errors. */
export type Case = (player: Player) => Promise<void>;

/**
 * Whether cases reach limits of a hundred. A hundred requests take the Worker two seconds; it checks these limits as it
 * checks those of ten, and tests/cloudflare/worker reaches that of presets.
 */
export const REACHES_HUNDRED = shortOrLong(!isWorker(), true);

const SECRET_MEMBERS = /^(?:token|secret|signature|device_code|password|\w+Password)$/;
/** Shorter texts are wrong values that tests send. */
const LEAST_SECRET = 16;

/** The secrets in JSON, those in links included. */
function secretsIn(part: unknown, name = ''): readonly string[] {
  if (typeof part === 'string') {
    const ofLink = /[?&]token=([^&]+)/.exec(part)?.[1];
    const found = ofLink ?? (SECRET_MEMBERS.test(name) ? part : '');
    return found.length >= LEAST_SECRET && new Set(found).size > 4 ? [found] : [];
  }
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([key, each]) => secretsIn(each, key));
}

export function createPlayer(world: World<TestServer>): Player {
  const { document, owner, server } = world;
  const seen = new Map<string, Set<string>>();
  const secrets = new Set<string>();
  const operations = new Map<string, Operation>(
    document.operations.map((operation) => [operation.id, operation]),
  );
  const send = async (id: string, options: Call = {}): Promise<Reply> => {
    const operation = operations.get(id);
    if (operation === undefined) throw new Error(`no operation ${id}`);
    const params = { project: world.project, key: world.image.key, ...options.params };
    const headers = options.headers ?? asPerson(server, owner);
    const reply = await call(server.url, operation, { ...options, params, headers });
    document.check(operation, reply);
    const cookies = [reply.headers['set-cookie'] ?? [], String(headers['Cookie'] ?? '')].flat();
    const values = cookies.flatMap((text) =>
      [...text.matchAll(/aura_(?:session|known)=([^;]{16,})/g)].map(([, value = '']) => value),
    );
    const isJson = String(reply.headers['content-type']).startsWith('application/json');
    const answer: unknown = isJson ? jsonOf(reply) : null;
    for (const each of [...values, ...secretsIn([options.body, answer])]) secrets.add(each);
    const what = reply.headers['x-aura-error'] ?? 'success';
    seen.set(id, (seen.get(id) ?? new Set()).add(String(what)));
    expect(reply.headers['x-request-id'], id).toMatch(/./);
    if (!['getBlurhash', 'getReceiptKeys'].includes(id))
      expect(reply.headers['cache-control'], id).toBe('no-store');
    return reply;
  };
  return {
    world,
    seen,
    secrets,
    send,
    async ok<T>(id: string, options?: Call, status = 200) {
      const reply = await send(id, options);
      expect([id, reply.status, reply.status === status ? '' : `${reply.body}`]).toEqual([
        id,
        status,
        '',
      ]);
      return (reply.body.length === 0 ? {} : jsonOf(reply)) as T;
    },
    async refused(id, status, code, options) {
      expectError(await send(id, options), status, code);
    },
  };
}
