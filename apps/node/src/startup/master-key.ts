import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config/config.js';

const KEY_BYTES = 32;
const KEY_TEXT = /^[0-9a-f]{64}$/i;

/**
 * The key under which secrets lie encrypted: the configured one, or that of `master.key` in the data
 * folder, which the first start makes (mode 0600).
 */
export async function loadMasterKey(dataDir: string, configured?: Buffer): Promise<Buffer> {
  if (configured !== undefined) return configured;
  const path = keyPath(dataDir);
  const kept = await unlessCode('ENOENT', readKeyFile(path));
  if (kept !== null) return kept;
  await createKeyFile(dataDir, path);
  return readKeyFile(path);
}

/**
 * Lays a key aside that is about to come into force, durably: the database and the key file cannot change
 * in one step. {@link adoptNextKey} makes it the file's.
 */
export async function layNextKey(dataDir: string, key: Uint8Array): Promise<void> {
  const path = nextPath(dataDir);
  await rm(path, { force: true });
  await writeDurably(path, `${Buffer.from(key).toString('hex')}\n`);
  await syncFolder(dataDir);
}

/** The key that was laid aside, or `null`. */
export function readNextKey(dataDir: string): Promise<Buffer | null> {
  return unlessCode('ENOENT', readKeyFile(nextPath(dataDir)));
}

/** Makes the key that was laid aside the one of the key file, durably. */
export async function adoptNextKey(dataDir: string): Promise<void> {
  await rename(nextPath(dataDir), keyPath(dataDir));
  await syncFolder(dataDir);
}

/** Removes the key file: the key is kept elsewhere. */
export async function removeKeyFile(dataDir: string): Promise<void> {
  await rm(keyPath(dataDir), { force: true });
  await syncFolder(dataDir);
}

const keyPath = (dataDir: string): string => join(dataDir, 'master.key');
const nextPath = (dataDir: string): string => join(dataDir, 'master.key.next');

/**
 * The file is written under another name and appears whole: of several that start together, one makes
 * it and the others find all of it. It is durable before a secret is encrypted under it.
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

async function writeDurably(path: string, text: string): Promise<void> {
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
 * Reads a file with a secret.
 *
 * @throws {ConfigError} when other users can read it
 */
export async function readPrivateFile(path: string): Promise<string> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new ConfigError(`${path} can be read by other users: run chmod 600 ${path}`);
  }
  return readFile(path, 'utf8');
}

/** What the work gives, or `null` where it fails with that code. */
async function unlessCode<T>(code: string, work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return null;
    throw error;
  }
}
