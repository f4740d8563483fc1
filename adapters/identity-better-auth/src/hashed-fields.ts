import { createHash } from 'node:crypto';
import type { DBAdapter, DBTransactionAdapter, Where } from 'better-auth/adapters';

/** Fields of better-auth's that let in whoever knows them. */
const HASHED = new Map([
  ['session', 'token'],
  ['deviceCode', 'deviceCode'],
]);

type Calls = Omit<DBTransactionAdapter, 'id' | 'options' | 'createSchema'>;

/**
 * A database in which those fields lie as SHA-256: a value is hashed on its way in and wherever it is
 * searched for. What comes out is the hash. They are random, so that no salt is needed.
 */
export function withHashedFields(adapter: DBAdapter): DBAdapter {
  return {
    ...adapter,
    ...hashing(adapter),
    transaction: (work) => adapter.transaction((inside) => work({ ...inside, ...hashing(inside) })),
  };
}

function hashing(adapter: Calls): Calls {
  return {
    create: (call) => adapter.create({ ...call, data: hashIn(call.model, call.data) }),
    findOne: (call) => adapter.findOne(searched(call)),
    findMany: (call) => adapter.findMany(searched(call)),
    count: (call) => adapter.count(searched(call)),
    update: (call) => adapter.update(changed(call)),
    updateMany: (call) => adapter.updateMany(changed(call)),
    delete: (call) => adapter.delete(searched(call)),
    deleteMany: (call) => adapter.deleteMany(searched(call)),
    consumeOne: (call) => adapter.consumeOne(searched(call)),
    incrementOne: (call) =>
      adapter.incrementOne({ ...searched(call), set: hashIn(call.model, call.set ?? {}) }),
  };
}

function searched<C extends { model: string; where?: Where[] | undefined }>(call: C): C {
  const field = HASHED.get(call.model);
  const where = call.where?.map((clause) =>
    clause.field === field ? { ...clause, value: hashValue(clause.value) } : clause,
  );
  return { ...call, where };
}

function changed<C extends { model: string; where: Where[]; update: Record<string, unknown> }>(
  call: C,
): C {
  return { ...searched(call), update: hashIn(call.model, call.update) };
}

function hashIn<D extends Record<string, unknown>>(model: string, data: D): D {
  const field = HASHED.get(model);
  const value = field === undefined ? undefined : data[field];
  return field === undefined || value === undefined ? data : { ...data, [field]: hashValue(value) };
}

/** Fails for anything but texts, so that nothing passes by unhashed. */
function hashValue(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('a hashed field is compared with one text');
  return createHash('sha256').update(value).digest('hex');
}
