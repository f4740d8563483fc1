import { useRouter, useSearch } from '@tanstack/react-router';
import { texts } from '../texts/index.js';
import { Entrance } from './entrance.js';
import { safeNextPath } from './next-path.js';
import { SignInForm } from './sign-in-form.js';

export function SignInPage() {
  const { next } = useSearch({ from: '/dashboard/sign-in' });
  const router = useRouter();
  return (
    <Entrance title={texts.access.signIn.title} footer={texts.access.signIn.hint}>
      <SignInForm onSignedIn={() => router.history.replace(safeNextPath(next))} />
    </Entrance>
  );
}
