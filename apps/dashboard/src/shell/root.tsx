import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ToastProvider } from '../ui/toasts.js';

export function Root() {
  return (
    <ToastProvider>
      <Outlet />
      <RouteAnnouncer />
    </ToastProvider>
  );
}

const SETTLED_MS = 150;

/** Reads out the title of a page that was reached without a page load. */
function RouteAnnouncer() {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const [title, setTitle] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: it speaks when the path has changed
  useEffect(() => {
    const timer = setTimeout(() => setTitle(document.title), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [path]);
  return (
    <p role="status" className="sr-only">
      {title}
    </p>
  );
}
