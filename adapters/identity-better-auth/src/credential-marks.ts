import { randomBytes } from 'node:crypto';
import type { Identity, User } from '@auraimage/ports';
import type { Auth } from './auth.js';
import { createMarks, type Mark } from './marks.js';
import type { Passwords } from './password-queue.js';
import { PASSWORD, type UserRow, userOf } from './users.js';

const DAY_MS = 86_400_000;
/** Lifetime of a password reset. */
const RESET_MS = DAY_MS;
/** Time for which a browser is known after a sign-in. */
const BROWSER_MS = 365 * DAY_MS;

export type CredentialMarks = Pick<
  Identity,
  | 'rememberBrowser'
  | 'findKnownBrowser'
  | 'resetPassword'
  | 'findPasswordReset'
  | 'acceptPasswordReset'
>;

/** A user with a password. */
interface Holder {
  readonly user: User;
  readonly credentialId: string;
  readonly hash: string;
}

/** Known browsers and password resets: what is valid until the password changes. */
export async function createCredentialMarks(
  { $context }: Auth,
  passwords: Pick<Passwords, 'hash'>,
  secret: string,
): Promise<CredentialMarks> {
  const { adapter, internalAdapter } = await $context;
  const browsers = createMarks(secret, 'known browser');
  const resets = createMarks(secret, 'password reset');

  async function find(field: 'id' | 'email', value: string): Promise<Holder | null> {
    const user = await adapter.findOne<UserRow>({ model: 'user', where: [{ field, value }] });
    // Queried for an unknown user too, so that it takes as long.
    const credential = await internalAdapter.findCredentialAccount(user?.id ?? '');
    if (user === null || !credential?.password) return null;
    return { user: userOf(user), credentialId: credential.id, hash: credential.password };
  }

  async function findReset(token: string): Promise<{ holder: Holder; mark: Mark } | null> {
    const mark = resets.read(token);
    if (mark === null) return null;
    const holder = await find('id', mark.subject);
    if (holder === null || !resets.isOf(token, mark, [holder.hash])) return null;
    return { holder, mark };
  }

  /**
   * Replaces the password if it is still the same. Ends the connections with providers, every session, and what was
   * approved in one: a device that has not polled since would get a new token, and so would one that is polling now without the count.
   */
  async function replace({ user, credentialId, hash }: Holder, next: string): Promise<boolean> {
    const update = { password: next, updatedAt: new Date() };
    return adapter.transaction(async (trx) => {
      const unchanged = [
        { field: 'id', value: credentialId },
        { field: 'password', value: hash },
      ];
      const replaced = await trx.updateMany({ model: 'account', where: unchanged, update });
      if (replaced === 0) return false;
      const own = [{ field: 'userId', value: user.id }];
      const links = [...own, { field: 'providerId', operator: 'ne' as const, value: PASSWORD }];
      await trx.deleteMany({ model: 'account', where: links });
      await trx.deleteMany({ model: 'session', where: own });
      await trx.deleteMany({ model: 'deviceCode', where: own });
      const where = [{ field: 'id', value: user.id }];
      // The lock of the password orders the resets of a user.
      const row = await trx.findOne<UserRow>({ model: 'user', where });
      const credentialResets = (row?.credentialResets ?? 0) + 1;
      await trx.updateMany({ model: 'user', where, update: { credentialResets } });
      return true;
    });
  }

  return {
    async rememberBrowser(userId) {
      const holder = await find('id', userId);
      if (holder === null) throw new Error('unknown user');
      const mark = {
        subject: randomBytes(16).toString('base64url'),
        expiresAt: Date.now() + BROWSER_MS,
      };
      return browsers.make(mark, [userId, holder.hash]);
    },

    async findKnownBrowser(email, texts) {
      const wellFormed = texts.filter((text) => browsers.read(text) !== null);
      if (wellFormed.length === 0) return null;
      const holder = await find('email', email);
      if (holder === null) return null;
      const covered = [holder.user.id, holder.hash];
      const isOwn = (text: string) => {
        const mark = browsers.read(text);
        return mark !== null && browsers.isOf(text, mark, covered);
      };
      return wellFormed.find(isOwn) ?? null;
    },

    async resetPassword(email) {
      // A password that nobody knows.
      const hash = await passwords.hash(randomBytes(32).toString('base64url'));
      for (;;) {
        const holder = await find('email', email);
        if (holder === null) return null;
        if (!(await replace(holder, hash))) continue; // it has just changed
        const expiresAt = Date.now() + RESET_MS;
        const token = resets.make({ subject: holder.user.id, expiresAt }, [hash]);
        return { user: holder.user, expiresAt, token };
      }
    },

    async findPasswordReset(token) {
      const found = await findReset(token);
      return found && { user: found.holder.user, expiresAt: found.mark.expiresAt };
    },

    async acceptPasswordReset(token, password) {
      const found = await findReset(token);
      if (found === null) return null;
      const replaced = await replace(found.holder, await passwords.hash(password));
      return replaced ? found.holder.user : null;
    },
  };
}
