import { createFileRoute, useRouter } from '@tanstack/react-router';
import { AuthLayout } from '../auth/auth-layout.js';
import { safeNextPath } from '../auth/next-path.js';
import { SignInForm } from '../auth/sign-in-form.js';

export const Route = createFileRoute('/dashboard/sign-in')({
  validateSearch: ({ next }): { next?: string } =>
    next === undefined ? {} : { next: safeNextPath(next) },
  component: SignInPage,
});

function SignInPage() {
  const { next } = Route.useSearch();
  const router = useRouter();
  return (
    <AuthLayout
      title="Sign in"
      footer="First start? Open the link that the server printed, or wrote to setup-link.txt in its data folder."
    >
      <SignInForm onSignedIn={() => router.history.replace(safeNextPath(next))} />
    </AuthLayout>
  );
}
