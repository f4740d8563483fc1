import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';

const ALL = { recursive: true, force: true };
/** For a folder in which a process, that works or was killed, may still write for a moment. */
const PATIENT = { ...ALL, maxRetries: 10, retryDelay: 50 };

/**
 * Deletes a folder, if there is one, with all that is in it. The synchronous attempt takes a third of the processor time of
 * `rm`, which alone deletes what is written meanwhile.
 */
export async function removeFolder(path: string): Promise<void> {
  try {
    rmSync(path, ALL);
  } catch {
    await rm(path, PATIENT);
  }
}

/** The same at the end of this process, which waits for nothing. */
export function removeFolderAtEnd(path: string): void {
  try {
    rmSync(path, PATIENT);
  } catch {
    rmSync(path, PATIENT); // with what was written meanwhile
  }
}
