import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** The parts of a mark that are not secret. */
export interface Mark {
  readonly subject: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/**
 * Makes and recognizes texts about a user that need no row: `<subject>.<expiry>.<HMAC>`. The HMAC covers the
 * hash of the user's password, so a mark ends when the password changes.
 *
 * @param secret at least 32 random characters
 * @param use separates the keys of different uses (RFC 5869)
 *
 * @example
 * const marks = createMarks(secret, 'password reset');
 * const text = marks.make({ subject: user.id, expiresAt }, [user.id, passwordHash]);
 */
export function createMarks(secret: string, use: string) {
  const key = Buffer.from(hkdfSync('sha256', secret, '', use, 32));
  const sign = ({ subject, expiresAt }: Mark, covered: readonly string[]) =>
    createHmac('sha256', key)
      .update(JSON.stringify([subject, expiresAt, ...covered]))
      .digest('base64url');
  return {
    make(mark: Mark, covered: readonly string[]): string {
      return `${mark.subject}.${mark.expiresAt}.${sign(mark, covered)}`;
    },
    /** The parts of a text in this form that has not expired. Nothing says yet that they are true. */
    read(text: string): Mark | null {
      const [, subject, expiry] = /^([\w-]{1,64})\.(\d{1,16})\.[\w-]{43}$/.exec(text) ?? [];
      if (subject === undefined || Number(expiry) <= Date.now()) return null;
      return { subject, expiresAt: Number(expiry) };
    },
    /** Whether a text was made from these parts. */
    isOf(text: string, mark: Mark, covered: readonly string[]): boolean {
      const given = Buffer.from(text);
      const made = Buffer.from(this.make(mark, covered));
      return given.length === made.length && timingSafeEqual(given, made);
    },
  };
}
