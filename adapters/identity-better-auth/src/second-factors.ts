import { randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import type {
  Identity,
  PendingSignIn,
  RefusedCode,
  SecondFactor,
  SecondFactorRecords,
  SecondStep,
  User,
} from '@auraimage/ports';
import { base32 } from '@better-auth/utils/base32';
import { createOTP } from '@better-auth/utils/otp';
import type { Auth } from './auth.js';
import { createMarks } from './marks.js';
import type { Passwords } from './password-queue.js';
import { type UserRow, userOf } from './users.js';

/** Time for the second step of a sign-in: a phone has to be found. */
const PENDING_MS = 10 * 60_000;
/** Time for which a prepared secret can be turned on. */
const PREPARED_MS = 3_600_000;
/** Length of a time step, in milliseconds (RFC 6238 §5.2). */
const STEP_MS = 30_000;
/** Accepted time steps before and after the current one. */
const WINDOW = 1;
/** RFC 4226 §4: at least 128 bits, 160 recommended. */
const SECRET_BYTES = 20;
/**
 * Wrong codes in a row after which only a backup code works (NIST SP 800-63B §5.2.2). All of them together hit one of
 * the three valid codes with a probability of 0.03 %.
 */
const MAX_ATTEMPTS = 100;
const BACKUP_CODES = 10;
/** 80 bits, so that a hash in a copy of the database is of no use. */
const BACKUP_CODE_LENGTH = 16;
/** Without I, L, O and U, which are easy to confuse (Crockford's base32). */
const BACKUP_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export type SecondFactors = Pick<
  Identity,
  | 'verifyPassword'
  | 'findPendingSignIn'
  | 'findSecondFactor'
  | 'prepareSecondFactor'
  | 'enableSecondFactor'
  | 'renewBackupCodes'
  | 'disableSecondFactor'
  | 'removeSecondFactor'
> & {
  /** The pending sign-in of a user whose first step was right; `null` while the second factor is off. */
  begin(user: User): Promise<PendingSignIn | null>;
  /** Checks the code of a pending sign-in. */
  check(
    token: string,
    code: string,
  ): Promise<{ readonly user: User; readonly by: SecondStep } | RefusedCode | null>;
};

/**
 * Codes of authenticator apps, by the library that better-auth's own plugin uses. The plugin itself would accept a code
 * several times, encrypt with a key that a change of the master key ends, and keep backup codes readable.
 */
export async function createSecondFactors(
  { $context }: Auth,
  passwords: Pick<Passwords, 'verify'>,
  records: SecondFactorRecords,
  secret: string,
): Promise<SecondFactors> {
  const { adapter, internalAdapter } = await $context;
  const pending = createMarks(secret, 'pending sign-in');

  const findEnabled = async (userId: string) => {
    const factor = await records.find(userId);
    return factor?.enabledAt == null ? null : { ...factor, enabledAt: factor.enabledAt };
  };

  async function verifyPassword(userId: string, password: string): Promise<boolean> {
    const credential = await internalAdapter.findCredentialAccount(userId);
    const hash = credential?.password;
    const turn = { caller: userId, isKnown: true };
    return hash ? passwords.verify({ hash, password }, turn) : false;
  }

  /** What a pending sign-in ends with. */
  async function coveredBy({ id, userId }: SecondFactor): Promise<readonly string[]> {
    const credential = await internalAdapter.findCredentialAccount(userId);
    return [id, credential?.password ?? ''];
  }

  async function findPending(token: string) {
    const mark = pending.read(token);
    const factor = mark === null ? null : await findEnabled(mark.subject);
    if (mark === null || factor === null) return null;
    if (!pending.isOf(token, mark, await coveredBy(factor))) return null;
    const where = [{ field: 'id', value: mark.subject }];
    const row = await adapter.findOne<UserRow>({ model: 'user', where });
    return row && { user: userOf(row), factor };
  }

  async function checkCode(factor: SecondFactor, text: string): Promise<SecondStep | RefusedCode> {
    const code = text.replaceAll(/[\s-]/g, '').toLowerCase();
    if (!/^\d{6}$/.test(code)) {
      return (await records.useBackupCode(factor.id, code)) ? 'backup_code' : 'wrong_code';
    }
    if (!(await records.countAttempt(factor.id, MAX_ATTEMPTS))) return 'locked';
    const step = await findStep(factor.secret, code);
    if (step === null) return 'wrong_code';
    return (await records.acceptStep(factor.id, step)) ? 'totp' : 'wrong_code';
  }

  /** Checks the password and a code of a user who has turned the second factor on. */
  async function confirm(userId: string, password: string, code: string) {
    if (!(await verifyPassword(userId, password))) return 'wrong_password';
    const factor = await findEnabled(userId);
    if (factor === null) return 'off';
    const step = await checkCode(factor, code);
    return step === 'totp' || step === 'backup_code' ? factor : step;
  }

  return {
    verifyPassword,

    async begin(user) {
      const factor = await findEnabled(user.id);
      if (factor === null) return null;
      const mark = { subject: user.id, expiresAt: Date.now() + PENDING_MS };
      const pendingToken = pending.make(mark, await coveredBy(factor));
      return { pendingToken, expiresAt: mark.expiresAt, user };
    },

    async check(token, code) {
      const found = await findPending(token);
      if (found === null) return null;
      const by = await checkCode(found.factor, code);
      return by === 'totp' || by === 'backup_code' ? { user: found.user, by } : by;
    },

    findPendingSignIn: async (token) => (await findPending(token))?.user ?? null,

    async findSecondFactor(userId) {
      const factor = await findEnabled(userId);
      return factor && { enabledAt: factor.enabledAt, backupCodes: factor.backupCodes };
    },

    async prepareSecondFactor(userId, password, issuer) {
      if (!(await verifyPassword(userId, password))) return 'wrong_password';
      const key = randomBytes(SECRET_BYTES);
      const text = base32.encode(key, { padding: false });
      if (!(await records.prepare(userId, text))) return 'already_on';
      const where = [{ field: 'id', value: userId }];
      const user = await adapter.findOne<UserRow>({ model: 'user', where });
      return { secret: text, uri: createOTP(key).url(issuer, user?.email ?? '') };
    },

    async enableSecondFactor(userId, code, keepSessionId) {
      const factor = await records.find(userId);
      if (factor === null || factor.enabledAt !== null) return 'not_prepared';
      if (factor.preparedAt + PREPARED_MS <= Date.now()) return 'not_prepared';
      const step = await findStep(factor.secret, code.replaceAll(/\s/g, ''));
      if (step === null) return 'wrong_code';
      const codes = newBackupCodes();
      if (!(await records.enable(factor.id, step, codes))) return 'not_prepared';
      const others = [
        { field: 'userId', value: userId },
        { field: 'id', operator: 'ne' as const, value: keepSessionId },
      ];
      await adapter.deleteMany({ model: 'session', where: others });
      return codes.map(formatBackupCode);
    },

    async renewBackupCodes(userId, password, code) {
      const factor = await confirm(userId, password, code);
      if (typeof factor === 'string') return factor;
      const codes = newBackupCodes();
      await records.replaceBackupCodes(factor.id, codes);
      return codes.map(formatBackupCode);
    },

    async disableSecondFactor(userId, password, code) {
      const factor = await confirm(userId, password, code);
      if (typeof factor === 'string') return factor;
      return (await records.remove(userId)) ? 'disabled' : 'off';
    },

    removeSecondFactor: records.remove,
  };
}

/** The time step whose code this is; `null` for none of those that are accepted now. Compares with all of them. */
async function findStep(secret: string, code: string): Promise<number | null> {
  const otp = createOTP(Uint8Array.from(base32.decode(secret)));
  const now = Math.floor(Date.now() / STEP_MS);
  const given = Buffer.from(code);
  let found: number | null = null;
  for (let step = now - WINDOW; step <= now + WINDOW; step++) {
    const valid = Buffer.from(await otp.hotp(step));
    if (valid.length === given.length && timingSafeEqual(valid, given)) found = step;
  }
  return found;
}

function newBackupCodes(): readonly string[] {
  const letter = () => BACKUP_ALPHABET[randomInt(BACKUP_ALPHABET.length)];
  const code = () => Array.from({ length: BACKUP_CODE_LENGTH }, letter).join('');
  return Array.from({ length: BACKUP_CODES }, code);
}

/** In four groups, which are easy to copy. */
function formatBackupCode(code: string): string {
  return code.match(/.{4}/g)?.join('-') ?? code;
}
