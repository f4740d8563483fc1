import { createHmac, timingSafeEqual } from 'node:crypto';
import { cookies } from 'next/headers';

// In place of your own sign-in: one password, and a cookie that only who knows it can have.

const COOKIE = 'gallery';

export async function isSignedIn(): Promise<boolean> {
  const given = (await cookies()).get(COOKIE)?.value ?? '';
  return isSame(given, proofOf(password()));
}

/** @returns whether the password was right */
export async function signIn(given: string): Promise<boolean> {
  const proof = proofOf(given);
  if (!isSame(proof, proofOf(password()))) return false;
  const secure = process.env.NODE_ENV === 'production';
  (await cookies()).set(COOKIE, proof, { httpOnly: true, sameSite: 'lax', secure });
  return true;
}

function password(): string {
  const text = process.env.GALLERY_PASSWORD;
  if (!text) throw new Error('set GALLERY_PASSWORD: whoever has it may upload, see and publish');
  return text;
}

function proofOf(text: string): string {
  return createHmac('sha256', text).update('gallery session').digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
