import { StorageFullError } from '@auraimage/ports';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Runs file operations. Errors of a full disk, quota or file-size limit become a {@link StorageFullError}. */
export async function orFull<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && FULL.has(String(error.code))) {
      throw new StorageFullError('no space left in the object store', { cause: error });
    }
    throw error;
  }
}
