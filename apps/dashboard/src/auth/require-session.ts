import type { QueryClient } from '@tanstack/react-query';
import { type ParsedLocation, redirect } from '@tanstack/react-router';
import { meQuery } from '../api/auth.js';
import { isSignedOut } from '../api/errors.js';
import { sessionState } from '../api/session-state.js';

/**
 * The `beforeLoad` of routes that need a session. Without one, it redirects to the sign-in page, which
 * leads back afterwards.
 */
export async function requireSession({
  context: { queryClient },
  location,
}: {
  readonly context: { readonly queryClient: QueryClient };
  readonly location: ParsedLocation;
}): Promise<void> {
  try {
    await queryClient.ensureQueryData(meQuery);
    sessionState.markSignedIn();
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    throw redirect({ to: '/dashboard/sign-in', search: { next: location.href } });
  }
}
