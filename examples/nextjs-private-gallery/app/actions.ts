'use server';

import { revalidatePath } from 'next/cache';
import { getAura } from '../lib/aura';
import { signPicture } from '../lib/pictures';
import { isSignedIn, signIn } from '../lib/session';

// Every action is an address that anyone can call: each asks who is there.

export async function enter(form: FormData): Promise<void> {
  await signIn(String(form.get('password')));
  revalidatePath('/');
}

/** Publishes a picture, or hides it again. Its bytes stay where they are. */
export async function setVisibility(form: FormData): Promise<void> {
  if (!(await isSignedIn())) throw new Error('Sign in first');
  const visibility = form.get('visibility') === 'public' ? 'public' : 'private';
  await getAura().setVisibility(String(form.get('key')), visibility);
  revalidatePath('/');
}

/** A new address for a page that stays open longer than the old one works. */
export async function renew(key: string): Promise<string> {
  if (!(await isSignedIn())) throw new Error('Sign in first');
  return signPicture(key);
}
