import { Link, useParams } from '@tanstack/react-router';
import { texts } from '../texts/index.js';
import { Mark } from '../ui/icons.js';
import { AccountMenu } from './account-menu.js';

export function TopBar() {
  const { project } = useParams({ strict: false });
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-paper">
      <div className="mx-auto flex h-14 max-w-7xl items-center gap-2 px-4 sm:px-6">
        <Link
          to="/dashboard"
          aria-label={texts.shell.home}
          className="-ml-1.5 flex items-center gap-2 rounded-md p-1.5 font-semibold tracking-tight hover:bg-hover"
        >
          <Mark className="size-6 text-accent" />
          <span className={project === undefined ? undefined : 'max-sm:hidden'}>
            {texts.common.product}
          </span>
        </Link>
        {project !== undefined && (
          <>
            <span aria-hidden="true" className="text-edge">
              /
            </span>
            <Link
              to="/dashboard/projects/$project"
              params={{ project }}
              className="min-w-0 truncate rounded-md px-1.5 py-1 font-medium hover:bg-hover"
            >
              {project}
            </Link>
          </>
        )}
        <nav aria-label={texts.common.product} className="-mr-3.5 ml-auto flex items-center gap-1">
          <Link
            to="/dashboard/activity"
            className="rounded-md px-2.5 py-1.5 text-muted hover:bg-hover hover:text-ink aria-[current=page]:text-ink"
          >
            {texts.shell.activity}
          </Link>
          <AccountMenu />
        </nav>
      </div>
    </header>
  );
}
