import { Link, Outlet, useMatch } from '@tanstack/react-router';
import { UploadsProvider } from '../images/uploads.js';
import { texts } from '../texts/index.js';

const TAB =
  'relative shrink-0 rounded-sm px-1 py-2.5 text-muted hover:text-ink aria-[current]:font-medium aria-[current]:text-ink aria-[current]:after:absolute aria-[current]:after:inset-x-1 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:bg-accent';

/** The parts of a project, each at an address of its own. */
export function ProjectLayout() {
  const { tabs, projectTabs } = texts.shell;
  const image = useMatch({
    from: '/signed-in/app/dashboard/projects/$project/images/$key',
    shouldThrow: false,
  });
  const links = [
    ['/dashboard/projects/$project', tabs.images],
    ['/dashboard/projects/$project/usage', tabs.usage],
    ['/dashboard/projects/$project/activity', tabs.activity],
    ['/dashboard/projects/$project/settings', tabs.settings],
  ] as const;
  return (
    <>
      <div className="border-b border-line">
        <nav
          aria-label={projectTabs}
          className="mx-auto flex max-w-7xl gap-5 overflow-x-auto px-3 sm:px-5"
        >
          {links.map(([to, label]) => (
            <Link
              key={to}
              from="/dashboard/projects/$project"
              to={to}
              // A search of the images is still a part of them.
              activeOptions={{ exact: to === links[0][0], includeSearch: false }}
              // The page of an image is among them, and not they.
              {...(image && to === links[0][0] ? { 'aria-current': 'true' } : {})}
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
