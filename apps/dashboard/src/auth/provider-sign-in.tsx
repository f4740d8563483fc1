import { ApiError } from '@auraimage/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { signInQuery, startProviderSignIn } from '../api/auth.js';
import { Button } from '../ui/button.js';
import { ErrorNotice } from '../ui/notice.js';
import { Loaded } from '../ui/states.js';
import { keepLinkToken, restoreLinkToken } from './link-token.js';
import { safeNextPath } from './next-path.js';

const NEXT = 'aura-next';

/** Leads to the sign-in provider. Shows nothing where there is none. */
export function ProviderButton({
  next,
  invitation,
  joins = false,
}: {
  /** The page to open afterwards. */
  readonly next?: string | undefined;
  /** Token of the link that this page was opened with: people without an account accept it so. */
  readonly invitation?: string | undefined;
  /** Whether people with an account come back to the page of the link, to join its project. */
  readonly joins?: boolean;
}) {
  const ways = useQuery(signInQuery);
  const start = useMutation({
    mutationFn: () => startProviderSignIn(invitation),
    onSuccess: ({ url }) => {
      rememberNext(next);
      keepLinkToken(joins);
      location.assign(url);
    },
  });
  return (
    <Loaded query={ways} skeleton={null}>
      {({ provider }) =>
        provider && (
          <div className="grid gap-4">
            <div className="flex items-center gap-3 text-sm text-muted before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
              or
            </div>
            <ErrorNotice error={start.error} />
            <Button busy={start.isPending} onClick={() => start.mutate()}>
              <span className="truncate">Continue with {provider.name}</span>
            </Button>
          </div>
        )
      }
    </Loaded>
  );
}

function rememberNext(next = ''): void {
  try {
    sessionStorage.setItem(NEXT, next);
  } catch {
    // Without storage, the start page opens.
  }
}

/** The page to open after a sign-in at the provider. */
export function pageAfterProvider(): string {
  if (restoreLinkToken()) return '/dashboard/invite';
  try {
    const next = sessionStorage.getItem(NEXT);
    sessionStorage.removeItem(NEXT);
    return safeNextPath(next || undefined);
  } catch {
    return safeNextPath(undefined);
  }
}

/** What the server says in the query of a page after a sign-in at the provider. */
export interface ProviderSearch {
  /** What came of it, or an error code. */
  readonly provider?: string;
  /** Error code of the provider. */
  readonly reason?: string;
}

/** Reads the query of a page. Anybody can make a link to it. */
export function readProviderSearch({ provider, reason }: Record<string, unknown>): ProviderSearch {
  const isCode = (text: unknown): text is string =>
    typeof text === 'string' && /^[a-z_]{1,60}$/.test(text);
  return { ...(isCode(provider) ? { provider } : {}), ...(isCode(reason) ? { reason } : {}) };
}

const TITLES: Readonly<Record<string, string>> = {
  provider_refused: 'The provider refused',
  provider_unavailable: 'The provider does not answer as it should',
  provider_email_unverified: 'The provider has not verified your email',
  provider_email_differs: 'The provider knows you by another email',
  provider_person_unknown: 'You have no account here',
  provider_not_connected: 'Your account is not connected with the provider',
  sign_in_expired: 'The sign-in has expired',
  invitation_invalid: 'The invitation does not work',
  email_invalid: 'The invitation is for another email',
  too_many_attempts: 'Too many attempts',
};

/** Why a sign-in at the provider has failed. Shows nothing for what is no failure. */
export function ProviderFailure({ provider, reason }: ProviderSearch) {
  if (provider === undefined || !Object.hasOwn(TITLES, provider)) return null;
  const title = TITLES[provider] ?? '';
  const message = reason === undefined ? title : `${title}: ${reason}`;
  return <ErrorNotice error={new ApiError({ status: 403, code: provider, message })} />;
}
