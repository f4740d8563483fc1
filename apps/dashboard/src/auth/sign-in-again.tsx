import {
  type InfiniteData,
  matchQuery,
  type Query,
  type QueryClient,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import { meQuery } from '../api/auth.js';
import { imageListsKey } from '../api/images.js';
import { sessionState, useSessionExpired } from '../api/session-state.js';
import { refreshNewest } from '../images/refresh.js';
import { Dialog } from '../ui/dialog.js';
import { SignInForm } from './sign-in-form.js';
import { startOver } from './start-over.js';

/** Asks to sign in again on top of the page, so that nothing typed into the page is lost. */
export function SignInAgain() {
  return useSessionExpired() ? <SignInDialog /> : null;
}

function SignInDialog() {
  const queryClient = useQueryClient();
  // Read once: the query may be refetched while the dialog is open.
  const [before] = useState(() => queryClient.getQueryData(meQuery.queryKey));
  return (
    <Dialog
      dismissible={false}
      title="Sign in to continue"
      description="Your session has ended. The page stays as you left it."
      onClose={() => {}}
    >
      <SignInForm
        email={before?.email ?? ''}
        next={location.pathname + location.search}
        onSignedIn={async (me) => {
          // The page shows another account's data.
          if (before && before.accountId !== me.accountId) return startOver('/dashboard');
          sessionState.markSignedIn();
          // Each component shows its own errors.
          await refetchAll(queryClient).catch(() => {});
        }}
      />
    </Dialog>
  );
}

/**
 * Refetches what the page shows. Of a long list it refetches the newest page only: hundreds of pages
 * would load one after another.
 */
async function refetchAll(queryClient: QueryClient): Promise<void> {
  const cache = queryClient.getQueryCache();
  const lists = cache.findAll({ queryKey: imageListsKey(), type: 'active' });
  const projects = new Set(lists.map(({ queryKey }) => String(queryKey[1])));
  await Promise.all([
    queryClient.invalidateQueries({ predicate: (query) => !isLong(query) }),
    ...[...projects].map((project) => refreshNewest(queryClient, project)),
  ]);
}

function isLong(query: Query): boolean {
  const { data } = query.state;
  if (data === undefined) return false;
  if (matchQuery({ queryKey: imageListsKey() }, query)) return true;
  const { pages } = Object(data) as Partial<InfiniteData<unknown>>;
  return Array.isArray(pages) && pages.length > 1;
}
