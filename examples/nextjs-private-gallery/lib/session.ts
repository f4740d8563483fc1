import { createHmac, timingSafeEqual } from 'node:crypto';
import { cookies } from 'next/headers';

// Replace this with your own sign-in. Here, a cookie proves that the user knows the one password.

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
  if (!text)
    throw new Error('set GALLERY_PASSWORD: everyone who has it may upload, view and publish');
  return text;
}

function proofOf(text: string): string {
  return createHmac('sha256', text).update('gallery session').digest('base64url');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
