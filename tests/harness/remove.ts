import { rm } from 'node:fs/promises';

/** Options of `rm` for a folder in which a process, that works or was killed, may still write for a moment. */
export const REMOVAL = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };

/** Deletes a folder, if there is one, with all that is in it. */
export const removeFolder = (path: string) => rm(path, REMOVAL);
