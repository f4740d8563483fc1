import { hkdfSync } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createBetterAuthIdentity } from '@auraimage/identity-better-auth';
import { createFsObjectStore } from '@auraimage/objects-fs';
import type { ObjectStore } from '@auraimage/ports';
import {
  openPostgresRecords,
  openSqliteRecords,
  WrongMasterKeyError,
} from '@auraimage/records-sql';
import type { Logger } from 'pino';
import type { Config } from '../config/config.js';
import { adoptNextKey, loadMasterKey, readNextKey } from './master-key.js';

export type Stores = Awaited<ReturnType<typeof openStores>>;

type Place = Pick<Config, 'dataDir' | 'masterKey' | 'databaseUrl'>;

/** Opens the database and the object store. Creates both on the first start. */
export async function openStores(config: Config, logger: Pick<Logger, 'warn'>) {
  const { records, key } = await openRecords(config);
  const { load, waitingPasswords, ...identity } = createIdentity(config, records, key);
  // If there are accounts, load it now: loading it at the first sign-in would block reads.
  if (await identity.hasUsers()) await load();
  const { objects, folders, retries, close } = await openObjects(config, logger);
  return {
    ...records,
    identity,
    /** The number of password hashes that wait. */
    waitingPasswords,
    objects,
    folders,
    /** Key of the hashed names in shared limits: the same on all servers of a database. */
    limitsKey: keyFrom(key, 'limits'),
    /** From which the keys of sign-ins at a provider derive. */
    providerKey: keyFrom(key, 'provider'),
    retries,
    async close() {
      await Promise.all([records.close(), close()]);
    },
  };
}

/** Opens the records and the users: what the commands for people need. Creates the database if there is none. */
export async function openPeople(config: Place) {
  const { records, key } = await openRecords(config);
  return { ...records, identity: createIdentity(config, records, key) };
}

function createIdentity(
  { databaseUrl }: Pick<Config, 'databaseUrl'>,
  { kysely, secondFactors }: Awaited<ReturnType<typeof openRecords>>['records'],
  key: Buffer,
) {
  return createBetterAuthIdentity({
    kysely,
    secondFactors,
    database: databaseUrl === undefined ? 'sqlite' : 'postgres',
    secret: keyFrom(key, 'identity').toString('base64url'),
  });
}

/** Derives a separate key for each use of the master key (RFC 5869). */
function keyFrom(masterKey: Buffer, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, '', use, 32));
}

export const databaseFile = (dataDir: string): string => join(dataDir, 'aura.db');

/**
 * Opens the database with the master key. If `rekey` was interrupted after the database had the new key, this
 * completes it.
 */
export async function openRecords({ dataDir, masterKey, databaseUrl: url }: Place) {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const openWith = async (key: Buffer) => {
    const records =
      url === undefined
        ? openSqliteRecords({ file: databaseFile(dataDir), masterKey: key })
        : openPostgresRecords({ url, masterKey: key });
    return { key, records: await records };
  };
  try {
    return await openWith(await loadMasterKey(dataDir, masterKey));
  } catch (error) {
    const next = error instanceof WrongMasterKeyError ? await readNextKey(dataDir) : null;
    if (next === null) throw error;
    const opened = await openWith(next);
    await adoptNextKey(dataDir);
    return opened;
  }
}

interface Objects {
  readonly objects: ObjectStore;
  /** The folders with the files of its bodies and drafts. */
  readonly folders: readonly string[];
  /** Number of retried requests to the store since the start. */
  retries(): number;
  close(): Promise<void>;
}

async function openObjects(config: Config, logger: Pick<Logger, 'warn'>): Promise<Objects> {
  const onAway = (err: unknown) => logger.warn({ err }, 'the object store is unavailable');
  const onCleanFailure = (err: unknown) =>
    logger.warn({ err }, 'abandoned uploads could not be listed or removed');
  const {
    dataDir,
    storage,
    maxKeptFiles,
    sessionToken,
    accessKeyId,
    secretAccessKey,
    accelRedirect,
  } = config;
  if (storage === undefined || accessKeyId === undefined || secretAccessKey === undefined) {
    const root = join(dataDir, 'store');
    const groupReads = accelRedirect !== undefined;
    const objects = await createFsObjectStore({ root, groupReads, maxKeptFiles, onCleanFailure });
    return { objects, folders: [root], retries: () => 0, close: async () => {} };
  }
  // The S3 client takes a good part of the start-up time, so load it only for a bucket.
  const { openS3Stores } = await import('@auraimage/objects-s3');
  const spoolFolder = join(dataDir, 'spool');
  const stores = await openS3Stores({
    location: storage,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
    answerMs: storage.timeoutSeconds * 1000,
    spoolFolder,
    onAway,
    onCleanFailure,
  });
  return { ...stores, folders: [spoolFolder] };
}
