import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import {
  CheckIcon,
  ChevronDownIcon,
  ChevronsUpDownIcon,
  LayoutGridIcon,
  PlusIcon,
  SearchIcon,
  UserIcon,
} from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { meQuery, signOut } from '../api/auth.js';
import { projectsQuery } from '../api/projects.js';
import { announceSignOut, startOver } from '../auth/start-over.js';
import { buttonVariants } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { Mark } from '../ui/mark.js';
import { useToast } from '../ui/toasts.js';
import { DOCS } from './docs.js';
import { useShell } from './shell.js';
import { THEME_LABELS, THEMES, useTheme } from './theme.js';

/** The bar above every page: the project, the command palette, links, the account menu. */
export function TopBar() {
  const { project } = useParams({ strict: false });
  const open = useShell();
  return (
    <header className="sticky top-0 z-20 border-b border-line bg-paper">
      <div className="mx-auto flex h-14 max-w-7xl items-center gap-1 px-4 sm:px-6">
        <Link
          to="/dashboard"
          aria-label="AuraImage: all projects"
          className="-ml-1.5 flex items-center gap-2 rounded-md p-1.5 font-semibold tracking-tight hover:bg-hover"
        >
          <Mark className="size-6 text-accent" />
          <span className={project === undefined ? undefined : 'max-sm:hidden'}>AuraImage</span>
        </Link>
        {project !== undefined && (
          <>
            <span aria-hidden="true" className="px-1 text-edge">
              /
            </span>
            <Link
              to="/dashboard/projects/$project"
              params={{ project }}
              className="min-w-0 truncate rounded-md px-1.5 py-1 font-medium hover:bg-hover"
            >
              {project}
            </Link>
            <ProjectSwitcher project={project} />
          </>
        )}
        <nav aria-label="AuraImage" className="-mr-3.5 ml-auto flex items-center gap-1">
          <button
            type="button"
            aria-keyshortcuts="Control+K Meta+K /"
            onClick={() => open('palette')}
            className={cn(
              buttonVariants({ variant: 'quiet' }),
              'font-normal text-muted max-sm:px-2.5 sm:mr-1.5 sm:border-line sm:bg-surface sm:px-2.5',
            )}
          >
            <SearchIcon />
            <span className="max-lg:sr-only">Go to…</span>
            <kbd className="rounded-sm border border-line px-1 font-mono text-xs max-sm:hidden">
              {IS_MAC ? '⌘K' : 'Ctrl K'}
            </kbd>
          </button>
          {/* In a project, its own tab has this name. */}
          {project === undefined && (
            <Link to="/dashboard/activity" className={cn(LINK, 'aria-[current=page]:text-ink')}>
              Activity
            </Link>
          )}
          <a href={DOCS} className={cn(LINK, 'max-sm:hidden')}>
            Docs
          </a>
          <AccountMenu />
        </nav>
      </div>
    </header>
  );
}

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.userAgent);
const LINK = 'rounded-md px-2.5 py-1.5 text-muted hover:bg-hover hover:text-ink';
const MENU = 'pop-in z-40 w-60 rounded-lg border border-line bg-surface p-1.5 text-sm shadow-pop';

/** Opens another project. */
function ProjectSwitcher({ project }: { readonly project: string }) {
  const open = useShell();
  const navigate = useNavigate();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        aria-label="Switch project"
        className={buttonVariants({ variant: 'quiet', size: 'icon' })}
      >
        <ChevronsUpDownIcon className="text-muted" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        align="start"
        sideOffset={6}
        collisionPadding={12}
        className={cn(MENU, 'flex max-h-[70dvh] flex-col')}
      >
        <ProjectItems project={project} />
        <DropdownMenu.Separator className="my-1.5 h-px shrink-0 bg-line" />
        <DropdownMenu.Item className={ITEM} onSelect={() => navigate({ to: '/dashboard' })}>
          <LayoutGridIcon className="text-muted" />
          All projects
        </DropdownMenu.Item>
        <DropdownMenu.Item className={ITEM} onSelect={() => open('new-project')}>
          <PlusIcon className="text-muted" />
          New project
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

/** Rendered while the menu is open, so the projects are fetched then. */
function ProjectItems({ project }: { readonly project: string }) {
  const { data, error } = useQuery(projectsQuery);
  const navigate = useNavigate();
  if (error) {
    return (
      <p role="alert" className="px-2.5 py-1.5 text-danger">
        {explainInOneLine(error)}
      </p>
    );
  }
  return (
    <DropdownMenu.RadioGroup value={project} className="overflow-y-auto">
      {data?.projects.map(({ id, projectName }) => (
        <DropdownMenu.RadioItem
          key={id}
          value={projectName}
          className={ITEM}
          onSelect={() =>
            navigate({ to: '/dashboard/projects/$project', params: { project: projectName } })
          }
        >
          <span className="truncate">{projectName}</span>
          <DropdownMenu.ItemIndicator className="ml-auto">
            <CheckIcon />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

const ITEM =
  'flex w-full items-center gap-2 rounded-md px-2.5 py-1.5 outline-none select-none data-highlighted:bg-hover';

function AccountMenu() {
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const toast = useToast();
  const [theme, chooseTheme] = useTheme();
  const leave = useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      announceSignOut();
      startOver('/dashboard/sign-in');
    },
    onError: (error) => toast({ tone: 'danger', text: explainInOneLine(error) }),
  });
  const email = me?.email ?? '';

  return (
    // Not modal: Radix's modal menu locks scrolling with an inline style, which the page's CSP blocks.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className={buttonVariants({ variant: 'quiet' })}
        aria-label={`Account menu of ${email}`}
      >
        <UserIcon />
        <span className="max-w-48 truncate font-normal max-sm:hidden">{email}</span>
        <ChevronDownIcon className="size-3.5" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content align="end" sideOffset={6} collisionPadding={12} className={MENU}>
        <DropdownMenu.Label className="px-2.5 py-1.5">
          <span className="block text-xs text-muted">Signed in as</span>
          <span className="block truncate font-medium">{email}</span>
        </DropdownMenu.Label>
        <DropdownMenu.Item className={ITEM} onSelect={() => navigate({ to: '/dashboard/account' })}>
          Account
        </DropdownMenu.Item>
        {me?.role === 'admin' && (
          <DropdownMenu.Item
            className={ITEM}
            onSelect={() => navigate({ to: '/dashboard/people' })}
          >
            People
          </DropdownMenu.Item>
        )}
        <DropdownMenu.Item className={cn(ITEM, 'sm:hidden')} onSelect={() => location.assign(DOCS)}>
          Documentation
        </DropdownMenu.Item>
        <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
        <DropdownMenu.Label className="px-2.5 py-1 text-xs text-muted">Theme</DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={theme}>
          {THEMES.map((choice) => (
            <DropdownMenu.RadioItem
              key={choice}
              value={choice}
              className={ITEM}
              onSelect={(event) => {
                event.preventDefault();
                chooseTheme(choice);
              }}
            >
              {THEME_LABELS[choice]}
              <DropdownMenu.ItemIndicator className="ml-auto">
                <CheckIcon />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
        <DropdownMenu.Item className={ITEM} onSelect={() => leave.mutate()}>
          Sign out
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
