import type { Identity } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { type AuthOptions, createAuth } from './auth.js';
import { createDevices } from './devices.js';
import { createSessions } from './sessions.js';
import { createUsers } from './users.js';

/** All of {@link Identity} that better-auth does. */
export type People = Omit<Identity, 'hasUsers'>;

/** Starts better-auth. A module of its own: what it imports takes a third of the time of a server's start. */
export async function openPeople<Tables>(
  kysely: Kysely<Tables>,
  options: AuthOptions,
): Promise<People> {
  const auth = createAuth(kysely, options);
  const users = await createUsers(auth);
  const sessions = await createSessions(auth);
  const devices = await createDevices(auth, users.findUser);
  return { ...users, ...sessions, ...devices };
}
