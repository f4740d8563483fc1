import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { texts } from '../texts/index.js';
import { SignInAgain } from './sign-in-again.js';
import { TopBar } from './top-bar.js';
import { useOneAccount } from './use-one-account.js';

/** What is around every page of someone who is signed in. */
export function AppShell() {
  useOneAccount();
  return (
    <>
      <a
        href="#content"
        className="sr-only rounded-md bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50"
      >
        {texts.common.skipToContent}
      </a>
      <TopBar />
      <main id="content" tabIndex={-1} className="outline-none">
        <Outlet />
      </main>
      <SignInAgain />
    </>
  );
}

/** Keeps a page in line with the bar above it. */
export function PageBody({ children }: { readonly children: ReactNode }) {
  return <div className="mx-auto w-full max-w-7xl px-4 py-8 sm:px-6">{children}</div>;
}
