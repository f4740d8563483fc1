import type { Identity, SecondFactorRecords } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { type AuthOptions, createAuth } from './auth.js';
import { createCredentialMarks } from './credential-marks.js';
import { createDevices } from './devices.js';
import { createPasswords, type PasswordHashing } from './password-queue.js';
import { createSecondFactors } from './second-factors.js';
import { createSessions } from './sessions.js';
import { createUsers } from './users.js';

/** The part of {@link Identity} that needs better-auth. */
export interface LoadedIdentity extends Omit<Identity, 'hasUsers'> {
  /** The number of password hashes that wait. */
  waitingPasswords(): number;
}

/** A module of its own, because importing better-auth takes a third of the time of a server's start. */
export async function loadIdentity<Tables>(
  kysely: Kysely<Tables>,
  options: AuthOptions & {
    readonly secondFactors: SecondFactorRecords;
    readonly hashing?: PasswordHashing | undefined;
  },
): Promise<LoadedIdentity> {
  const auth = createAuth(kysely, options);
  const passwords = createPasswords(options.hashing);
  const users = await createUsers(auth, passwords);
  const { begin, check, ...secondFactors } = await createSecondFactors(
    auth,
    passwords,
    options.secondFactors,
    options.secret,
  );
  const sessions = await createSessions(auth, passwords, { begin, check });
  const credentials = await createCredentialMarks(auth, passwords, options.secret);
  const devices = await createDevices(auth, users.findUser);
  const { waiting: waitingPasswords } = passwords;
  return {
    ...users,
    ...sessions,
    ...secondFactors,
    ...credentials,
    ...devices,
    waitingPasswords,
  };
}
