'use server';

import { revalidatePath } from 'next/cache';
import { getAura } from '../lib/aura';
import { signPictures } from '../lib/pictures';
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

/** Signs new URLs for a page that stays open: all pictures of the gallery in one request, at most 100. */
export async function renew(keys: string[]): Promise<readonly string[]> {
  if (!(await isSignedIn())) throw new Error('Sign in first');
  return signPictures(keys.slice(0, 100));
}
