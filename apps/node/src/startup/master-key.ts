import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from '../config/config.js';

const KEY_BYTES = 32;
const KEY_TEXT = /^[0-9a-f]{64}$/i;

/**
 * The key that encrypts secrets: the configured one, or `master.key` in the data folder, which the first
 * start creates (mode 0600).
 */
export async function loadMasterKey(dataDir: string, configured?: Uint8Array): Promise<Buffer> {
  if (configured !== undefined) return Buffer.from(configured);
  const path = keyPath(dataDir);
  const kept = await unlessCode('ENOENT', readKeyFile(path));
  if (kept !== null) return kept;
  await createKeyFile(dataDir, path);
  return readKeyFile(path);
}

/**
 * The key of a database that exists: a newly created one would not be its key.
 *
 * @throws {ConfigError} if there is none
 */
export async function existingMasterKey({
  dataDir,
  masterKey,
}: Pick<Config, 'dataDir' | 'masterKey'>): Promise<Buffer> {
  if (masterKey === undefined && !existsSync(keyPath(dataDir))) {
    throw new ConfigError(
      `There is no master key in ${dataDir}: set AURA_DATA_DIR or AURA_MASTER_KEY`,
    );
  }
  return loadMasterKey(dataDir, masterKey);
}

/**
 * Durably stores the next master key in a second file: the database and the key file cannot change in one
 * step. {@link adoptNextKey} completes the change.
 */
export async function storeNextKey(dataDir: string, key: Uint8Array): Promise<void> {
  const path = nextPath(dataDir);
  await rm(path, { force: true });
  await writeDurably(path, `${Buffer.from(key).toString('hex')}\n`);
  await syncFolder(dataDir);
}

/** The next master key, or `null` if none is stored. */
export function readNextKey(dataDir: string): Promise<Buffer | null> {
  return unlessCode('ENOENT', readKeyFile(nextPath(dataDir)));
}

/** Durably replaces the key file by the next master key. */
export async function adoptNextKey(dataDir: string): Promise<void> {
  await rename(nextPath(dataDir), keyPath(dataDir));
  await syncFolder(dataDir);
}

/** Removes the key file, when the operator keeps the key elsewhere. */
export async function removeKeyFile(dataDir: string): Promise<void> {
  await rm(keyPath(dataDir), { force: true });
  await syncFolder(dataDir);
}

const keyPath = (dataDir: string): string => join(dataDir, 'master.key');
const nextPath = (dataDir: string): string => join(dataDir, 'master.key.next');

/**
 * Writes the file under a temporary name and links it: if several servers start together, one creates it and
 * the others never see a part of it. The file is durable before a secret is encrypted with it.
 */
async function createKeyFile(dataDir: string, path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const text = `${randomBytes(KEY_BYTES).toString('hex')}\n`;
  try {
    await writeDurably(draft, text);
    await unlessCode('EEXIST', link(draft, path));
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(dataDir);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Writes a new file that only the server's user can read, and syncs it. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  const text = (await readPrivateFile(path)).trim();
  if (KEY_TEXT.test(text)) return Buffer.from(text, 'hex');
  throw new ConfigError(`${path} does not hold 64 hexadecimal digits: restore it from your backup`);
}

/**
 * Reads a file that holds a secret.
 *
 * @throws {ConfigError} if other users can read it
 */
export async function readPrivateFile(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new ConfigError(`${path} can be read by other users: run chmod 600 ${path}`);
  }
  return readFile(path, 'utf8');
}

/** The result of `work`, or `null` if it fails with that code. */
async function unlessCode<T>(code: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return null;
    throw error;
  }
}
