import { createFileRoute, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { AuthLayout } from '../auth/auth-layout.js';
import { keepLinkToken } from '../auth/link-token.js';
import { safeNextPath } from '../auth/next-path.js';
import {
  ProviderFailure,
  type ProviderSearch,
  pageAfterProvider,
  readProviderSearch,
} from '../auth/provider-sign-in.js';
import { SecondStepForm } from '../auth/second-step-form.js';
import { SignInForm } from '../auth/sign-in-form.js';
import { SkeletonRows } from '../ui/states.js';

export interface SignInSearch extends ProviderSearch {
  readonly next?: string;
}

export const Route = createFileRoute('/dashboard/sign-in')({
  validateSearch: (search): SignInSearch => ({
    ...(search['next'] === undefined ? {} : { next: safeNextPath(search['next']) }),
    ...readProviderSearch(search),
  }),
  component: SignInPage,
});

function SignInPage() {
  const { next, ...outcome } = Route.useSearch();
  const router = useRouter();
  const open = (path: string) => router.history.replace(path);
  switch (outcome.provider) {
    case 'signed_in':
    case 'account_created':
      return <SignedIn isNew={outcome.provider === 'account_created'} />;
    case 'second_factor':
      return (
        <AuthLayout title="Sign in">
          <SecondStepForm
            onSignedIn={() => open(pageAfterProvider())}
            onRestart={() => open('/dashboard/sign-in')}
          />
        </AuthLayout>
      );
    default:
      return (
        <AuthLayout
          title="Sign in"
          footer="First start? Open the link that the server printed, or wrote to setup-link.txt in its data folder."
        >
          <ProviderFailure {...outcome} />
          <SignInForm next={next} onSignedIn={() => open(safeNextPath(next))} />
        </AuthLayout>
      );
  }
}

/** Opens the page that the person wanted before they went to the provider. */
function SignedIn({
  isNew,
}: {
  /** Whether the account was created with the link, which is used up then. */
  readonly isNew: boolean;
}) {
  const router = useRouter();
  useEffect(() => {
    if (isNew) keepLinkToken(false);
    router.history.replace(pageAfterProvider());
  }, [router, isNew]);
  return (
    <AuthLayout title="Sign in">
      <SkeletonRows />
    </AuthLayout>
  );
}
