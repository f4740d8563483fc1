import { createFileRoute, Outlet } from '@tanstack/react-router';
import { requireSession } from '../auth/require-session.js';
import { SignInAgain } from '../auth/sign-in-again.js';
import { useOneAccount } from '../auth/start-over.js';
import { Shell } from '../shell/shell.js';
import { TopBar } from '../shell/top-bar.js';

export const Route = createFileRoute('/_app')({
  beforeLoad: requireSession,
  component: AppLayout,
});

/** The layout of every page that needs a session. */
function AppLayout() {
  useOneAccount();
  return (
    <Shell>
      <a
        href="#content"
        className="sr-only rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        Skip to content
      </a>
      <TopBar />
      <main id="content" tabIndex={-1} className="outline-none">
        <Outlet />
      </main>
      <SignInAgain />
    </Shell>
  );
}
