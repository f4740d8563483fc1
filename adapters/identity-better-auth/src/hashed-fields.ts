import { createHash } from 'node:crypto';
import type { DBAdapter, DBTransactionAdapter, Where } from 'better-auth/adapters';

/** Fields of better-auth that are credentials. */
const HASHED = new Map([
  ['session', 'token'],
  ['deviceCode', 'deviceCode'],
]);

type Calls = Omit<DBTransactionAdapter, 'id' | 'options' | 'createSchema'>;

/**
 * Stores those fields as SHA-256: values are hashed when they are written and in every condition, and reads
 * return the hash. The values are random, so they need no salt.
 */
export function withHashedFields(adapter: DBAdapter): DBAdapter {
  return {
    ...adapter,
    ...hashing(adapter),
    transaction: (work) => adapter.transaction((trx) => work({ ...trx, ...hashing(trx) })),
  };
}

function hashing(adapter: Calls): Calls {
  return {
    create: (call) => adapter.create({ ...call, data: withHash(call.model, call.data) }),
    findOne: (call) => adapter.findOne(withHashedWhere(call)),
    findMany: (call) => adapter.findMany(withHashedWhere(call)),
    count: (call) => adapter.count(withHashedWhere(call)),
    update: (call) => adapter.update(withHashedUpdate(call)),
    updateMany: (call) => adapter.updateMany(withHashedUpdate(call)),
    delete: (call) => adapter.delete(withHashedWhere(call)),
    deleteMany: (call) => adapter.deleteMany(withHashedWhere(call)),
    consumeOne: (call) => adapter.consumeOne(withHashedWhere(call)),
    incrementOne: (call) =>
      adapter.incrementOne({ ...withHashedWhere(call), set: withHash(call.model, call.set ?? {}) }),
  };
}

function withHashedWhere<C extends { model: string; where?: Where[] | undefined }>(call: C): C {
  const field = HASHED.get(call.model);
  const where = call.where?.map((clause) =>
    clause.field === field ? { ...clause, value: hashValue(clause.value) } : clause,
  );
  return { ...call, where };
}

function withHashedUpdate<
  C extends { model: string; where: Where[]; update: Record<string, unknown> },
>(call: C): C {
  return { ...withHashedWhere(call), update: withHash(call.model, call.update) };
}

function withHash<D extends Record<string, unknown>>(model: string, data: D): D {
  const field = HASHED.get(model);
  const value = field === undefined ? undefined : data[field];
  return field === undefined || value === undefined ? data : { ...data, [field]: hashValue(value) };
}

/** Rejects anything but a string, so that no value is stored or compared unhashed. */
function hashValue(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a hashed field takes one string');
  return createHash('sha256').update(value).digest('hex');
}
