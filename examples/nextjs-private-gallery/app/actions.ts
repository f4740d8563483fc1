'use server';

import { revalidatePath } from 'next/cache';
import { getAura } from '../lib/aura';
import { signPicture } from '../lib/pictures';
import { isSignedIn, signIn } from '../lib/session';

// Anyone can call a server action, so each one checks the session.

export async function enter(form: FormData): Promise<void> {
  await signIn(String(form.get('password')));
  revalidatePath('/');
}

/** Makes an image public or private. */
export async function setVisibility(form: FormData): Promise<void> {
  if (!(await isSignedIn())) throw new Error('Sign in first');
  const visibility = form.get('visibility') === 'public' ? 'public' : 'private';
  await getAura().setVisibility(String(form.get('key')), visibility);
  revalidatePath('/');
}

/** Signs a new URL, for pages that stay open until the old one expires. */
export async function renew(key: string): Promise<string> {
  if (!(await isSignedIn())) throw new Error('Sign in first');
  return signPicture(key);
}
