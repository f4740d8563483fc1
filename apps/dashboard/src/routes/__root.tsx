import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ToastProvider } from '../ui/toasts.js';

export const Route = createRootRouteWithContext<{ readonly queryClient: QueryClient }>()({
  component: Root,
});

function Root() {
  return (
    <ToastProvider>
      <Outlet />
      <RouteAnnouncer />
    </ToastProvider>
  );
}

/** Pages set their title in an effect, some after data has arrived. */
const TITLE_MS = 150;

/** Announces the title of the new page after a client-side navigation. */
function RouteAnnouncer() {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const [title, setTitle] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: announces once per path
  useEffect(() => {
    const timer = setTimeout(() => setTitle(document.title), TITLE_MS);
    return () => clearTimeout(timer);
  }, [path]);
  return (
    <p role="status" className="sr-only">
      {title}
    </p>
  );
}
