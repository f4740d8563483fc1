import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { safeNextPath } from './access/next-path.js';
import { isSignedOut } from './api/errors.js';
import { projectQuery } from './api/projects.js';
import { meQuery } from './api/session.js';
import { readImageFilter } from './images/image-filter.js';
import { AppShell } from './shell/app-shell.js';
import { FailedPage, NotFoundPage } from './shell/fallback-pages.js';
import { Root } from './shell/root.js';
import { sessionGate } from './shell/session-gate.js';

interface RouterContext {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({ component: Root });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/dashboard/sign-in',
  validateSearch: ({ next }): { next?: string } =>
    next === undefined ? {} : { next: safeNextPath(next) },
  component: lazyRouteComponent(() => import('./access/sign-in-page.js'), 'SignInPage'),
});

const setup = createRoute({
  getParentRoute: () => root,
  path: '/dashboard/setup',
  component: lazyRouteComponent(() => import('./access/accept-page.js'), 'AcceptPage'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: '/dashboard/invite',
  component: lazyRouteComponent(() => import('./access/accept-page.js'), 'AcceptPage'),
});

/** Everything below is for someone who is signed in; anyone else signs in first and comes back. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: 'signed-in',
  beforeLoad: async ({ context: { queryClient }, location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
      sessionGate.open();
    } catch (error) {
      if (!isSignedOut(error)) throw error;
      throw redirect({ to: '/dashboard/sign-in', search: { next: location.href } });
    }
  },
});

const device = createRoute({
  getParentRoute: () => signedIn,
  path: '/device',
  validateSearch: ({ code }): { code?: string | number } =>
    // The router reads a code of digits as a number.
    typeof code === 'string' || typeof code === 'number' ? { code } : {},
  component: lazyRouteComponent(() => import('./access/device-page.js'), 'DevicePage'),
});

const app = createRoute({ getParentRoute: () => signedIn, id: 'app', component: AppShell });

const projects = createRoute({
  getParentRoute: () => app,
  path: '/dashboard',
  component: lazyRouteComponent(() => import('./projects/projects-page.js'), 'ProjectsPage'),
});

const activity = createRoute({
  getParentRoute: () => app,
  path: '/dashboard/activity',
  component: lazyRouteComponent(() => import('./audit/activity-page.js'), 'ActivityPage'),
});

const account = createRoute({
  getParentRoute: () => app,
  path: '/dashboard/account',
  component: lazyRouteComponent(() => import('./account/account-page.js'), 'AccountPage'),
});

const project = createRoute({
  getParentRoute: () => app,
  path: '/dashboard/projects/$project',
  loader: ({ context: { queryClient }, params }) =>
    queryClient.ensureQueryData(projectQuery(params.project)),
  component: lazyRouteComponent(() => import('./projects/project-layout.js'), 'ProjectLayout'),
});

const images = createRoute({
  getParentRoute: () => project,
  path: '/',
  validateSearch: readImageFilter,
  component: lazyRouteComponent(() => import('./images/images-page.js'), 'ImagesPage'),
});

const image = createRoute({
  getParentRoute: () => project,
  path: '/images/$key',
  validateSearch: readImageFilter,
  component: lazyRouteComponent(() => import('./images/image-page.js'), 'ImagePage'),
});

const usage = createRoute({
  getParentRoute: () => project,
  path: '/usage',
  component: lazyRouteComponent(() => import('./usage/usage-page.js'), 'UsagePage'),
});

const projectActivity = createRoute({
  getParentRoute: () => project,
  path: '/activity',
  component: lazyRouteComponent(() => import('./audit/activity-page.js'), 'ProjectActivityPage'),
});

const settings = createRoute({
  getParentRoute: () => project,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/settings-page.js'), 'SettingsPage'),
});

const routeTree = root.addChildren([
  signIn,
  setup,
  invite,
  signedIn.addChildren([
    device,
    app.addChildren([
      projects,
      activity,
      account,
      project.addChildren([images, image, usage, projectActivity, settings]),
    ]),
  ]),
]);

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: 'intent',
    // TanStack Query decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultNotFoundComponent: NotFoundPage,
    defaultErrorComponent: FailedPage,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
  interface HistoryState {
    /** The key of the image that somebody comes back from to the grid. */
    near?: string;
  }
}
