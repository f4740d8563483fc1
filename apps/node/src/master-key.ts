import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from './config.js';

const KEY_BYTES = 32;

/**
 * The key under which secrets lie encrypted: the configured one, or that of `master.key` in the data
 * folder, which the first start makes (mode 0600).
 */
export async function loadMasterKey(dataDir: string, configured?: Buffer): Promise<Buffer> {
  if (configured !== undefined) return configured;
  const path = join(dataDir, 'master.key');
  return (await createKeyFile(path)) ?? readKeyFile(path);
}

async function createKeyFile(path: string): Promise<Buffer | null> {
  const file = await openNew(path);
  if (file === null) return null;
  const key = randomBytes(KEY_BYTES);
  try {
    await file.writeFile(`${key.toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return key;
}

async function openNew(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw error;
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    throw new ConfigError(`${path} can be read by other users: run chmod 600 ${path}`);
  }
  const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'hex');
  if (key.length === KEY_BYTES) return key;
  throw new ConfigError(`${path} does not hold 64 hexadecimal digits: restore it from your backup`);
}
