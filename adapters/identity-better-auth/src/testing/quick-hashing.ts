import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { PasswordHashing } from '../password-queue.js';

/**
 * As scrypt, each hash ends in a turn of the event loop of its own: two connections of one process to a file of
 * SQLite cannot have transactions in the same one.
 */
async function digest(password: string): Promise<string> {
  await turn();
  return createHash('sha256').update(password).digest('hex');
}

/** For tests of all that is not scrypt itself, which takes a tenth of a second of processor time each time. */
export const quickHashing: PasswordHashing = {
  hash: digest,
  verify: async ({ hash, password }) => (await digest(password)) === hash,
};
