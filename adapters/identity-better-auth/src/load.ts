import type { Identity } from '@auraimage/ports';
import type { Kysely } from 'kysely';
import { type AuthOptions, createAuth } from './auth.js';
import { createDevices } from './devices.js';
import { createSessions } from './sessions.js';
import { createUsers } from './users.js';

/** The part of {@link Identity} that needs better-auth. */
export type LoadedIdentity = Omit<Identity, 'hasUsers'>;

/** A module of its own, because importing better-auth takes a third of the time of a server's start. */
export async function loadIdentity<Tables>(
  kysely: Kysely<Tables>,
  options: AuthOptions,
): Promise<LoadedIdentity> {
  const auth = createAuth(kysely, options);
  const users = await createUsers(auth);
  const sessions = await createSessions(auth);
  const devices = await createDevices(auth, users.findUser);
  return { ...users, ...sessions, ...devices };
}
