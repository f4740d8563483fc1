import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { StorageFullError } from '@auraimage/ports';

/** Room for the log of some hundred small transactions, in bytes. */
const RESERVE_BYTES = 1024 * 1024;

/** Runs a change that has to succeed on a full disk too. */
export type EvenWhenFull = <T>(change: () => Promise<T>) => Promise<T>;

/**
 * Keeps a file beside the database whose only use is its room. A full disk would otherwise refuse the
 * very changes that help: deleting an image, or making one private. The file is given up for such a
 * change and made anew with a later one, when there is room again.
 *
 * @param path of the file
 */
export function createReserve(path: string): EvenWhenFull {
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

/** Bytes that are really written: a sparse file would hold no room. */
function fill(path: string): void {
  if (existsSync(path)) return;
  try {
    writeFileSync(path, Buffer.alloc(RESERVE_BYTES), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    const isAnothers = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!isAnothers) rmSync(path, { force: true }); // no room yet
  }
}
