import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { StorageFullError } from '@auraimage/ports';
import type { WithReserve } from '../database/connection.js';

/** Size of the reserve in bytes: enough WAL for some hundred small transactions. */
const RESERVE_BYTES = 1024 * 1024;

/**
 * Reserves disk space with a file. A full disk would otherwise refuse the very changes that help, such as
 * deleting an image or making one private. Such a change deletes the file when the disk is full; a later one
 * creates it again.
 *
 * @param path path of the file
 */
export function createReserve(path: string): WithReserve {
  fill(path);
  return async (change) => {
    try {
      const result = await change();
      fill(path);
      return result;
    } catch (error) {
      if (!(error instanceof StorageFullError) || !existsSync(path)) throw error;
      rmSync(path, { force: true });
      return change();
    }
  };
}

/** Writes the bytes, because a sparse file would reserve nothing. */
function fill(path: string): void {
  if (existsSync(path)) return;
  try {
    writeFileSync(path, Buffer.alloc(RESERVE_BYTES), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const isConcurrent = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isConcurrent) rmSync(path, { force: true }); // the disk is full
  }
}
