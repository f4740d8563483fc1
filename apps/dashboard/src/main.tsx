import './styles.css';
import { ApiError } from '@auraimage/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { createRouter, RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient } from './api/query-client.js';
import { sessionState } from './api/session-state.js';
import { takeLinkToken } from './auth/link-token.js';
import { routeTree } from './route-tree.gen.js';
import { ErrorPage, NotFoundPage } from './shell/fallback-pages.js';

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** Key of the image to focus when its page leads back to the grid. */
    near?: string;
  }
}

takeLinkToken();
const queryClient = createQueryClient(sessionState.markExpired);
const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPreload: 'intent',
  // TanStack Query decides what is stale.
  defaultPreloadStaleTime: 0,
  scrollRestoration: true,
  defaultNotFoundComponent: NotFoundPage,
  defaultErrorComponent: ErrorPage,
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root, {
  onCaughtError: (error) => {
    // The page shows API errors; they are not bugs of the page.
    if (!(error instanceof ApiError)) console.error(error);
  },
}).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
