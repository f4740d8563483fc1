import { createFileRoute, Link, Outlet, useMatch } from '@tanstack/react-router';
import { projectQuery, useIsOwner } from '../api/projects.js';
import { UploadsProvider } from '../images/uploads.js';

export const Route = createFileRoute('/_app/dashboard/projects/$project')({
  loader: ({ context: { queryClient }, params }) =>
    queryClient.ensureQueryData(projectQuery(params.project)),
  component: ProjectLayout,
});

const TABS = [
  ['/dashboard/projects/$project', 'Images'],
  ['/dashboard/projects/$project/presets', 'Presets'],
  ['/dashboard/projects/$project/usage', 'Usage'],
  ['/dashboard/projects/$project/recipients', 'Recipients'],
  ['/dashboard/projects/$project/webhooks', 'Webhooks'],
  ['/dashboard/projects/$project/members', 'Members'],
  ['/dashboard/projects/$project/activity', 'Activity'],
  ['/dashboard/projects/$project/settings', 'Settings'],
] as const;
const TAB =
  'relative shrink-0 rounded-sm px-1 py-2.5 text-muted hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-1 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:bg-accent';

/** The tabs of a project. */
function ProjectLayout() {
  const isOwner = useIsOwner();
  const image = useMatch({
    from: '/_app/dashboard/projects/$project/images/$',
    shouldThrow: false,
  });
  const folder = useMatch({
    from: '/_app/dashboard/projects/$project/folders/$',
    shouldThrow: false,
  });
  return (
    <>
      <div className="border-b border-line">
        <nav
          aria-label="Project pages"
          className="mx-auto flex max-w-7xl gap-5 overflow-x-auto px-3 sm:px-5"
        >
          {TABS.filter(([, label]) => isOwner || label !== 'Settings').map(([to, label]) => (
            <Link
              key={to}
              from="/dashboard/projects/$project"
              to={to}
              // With a search in the address, the tab stays current.
              activeOptions={{ exact: to === TABS[0][0], includeSearch: false }}
              // The pages of an image and a folder belong to this tab but are not its page.
              {...((image || folder) && to === TABS[0][0] ? { 'aria-current': 'true' } : {})}
              className={TAB}
            >
              {label}
            </Link>
          ))}
        </nav>
      </div>
      <UploadsProvider>
        <Outlet />
      </UploadsProvider>
    </>
  );
}
