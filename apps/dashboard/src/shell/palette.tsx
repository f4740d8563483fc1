import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { Command } from 'cmdk';
import {
  ActivityIcon,
  BookOpenIcon,
  ChartColumnIcon,
  ContactIcon,
  FolderIcon,
  ImagesIcon,
  LayoutGridIcon,
  type LucideIcon,
  PaletteIcon,
  PlusIcon,
  SearchIcon,
  SettingsIcon,
  UserIcon,
  UsersIcon,
  WandSparklesIcon,
  WebhookIcon,
} from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { meQuery } from '../api/auth.js';
import { projectsQuery } from '../api/projects.js';
import { parseSearch } from '../images/image-names.js';
import { Dialog } from '../ui/dialog.js';
import { explainInOneLine } from '../ui/explain-error.js';
import { DOCS } from './docs.js';
import { THEME_LABELS, THEMES, useTheme } from './theme.js';

const PAGES = [
  ['Images', ImagesIcon, '/dashboard/projects/$project'],
  ['Presets', WandSparklesIcon, '/dashboard/projects/$project/presets'],
  ['Usage', ChartColumnIcon, '/dashboard/projects/$project/usage'],
  ['Recipients', UsersIcon, '/dashboard/projects/$project/recipients'],
  ['Webhooks', WebhookIcon, '/dashboard/projects/$project/webhooks'],
  ['Members', ContactIcon, '/dashboard/projects/$project/members'],
  ['Activity', ActivityIcon, '/dashboard/projects/$project/activity'],
  ['Settings', SettingsIcon, '/dashboard/projects/$project/settings'],
] as const;

/** Goes to any project and page, by a few letters of its name. */
export function Palette({
  onClose,
  onNewProject,
}: {
  readonly onClose: () => void;
  readonly onNewProject: () => void;
}) {
  const { project } = useParams({ strict: false });
  const projects = useQuery(projectsQuery);
  const me = useQuery(meQuery);
  const role = projects.data?.projects.find(({ projectName }) => projectName === project)?.role;
  const pages = PAGES.filter(([label]) => role === 'owner' || label !== 'Settings');
  const navigate = useNavigate();
  const [, chooseTheme] = useTheme();
  const [typed, setTyped] = useState('');
  const q = parseSearch(typed);
  const go = (work: () => unknown) => () => {
    onClose();
    void work();
  };
  return (
    <Dialog bare title="Go to" onClose={onClose}>
      <Command label="Go to" loop className="grid max-h-[70dvh] grid-rows-[auto_minmax(0,1fr)]">
        <div className="flex items-center gap-2.5 border-b border-line px-4">
          <SearchIcon className="text-muted" />
          <Command.Input
            data-autofocus
            value={typed}
            onValueChange={setTyped}
            maxLength={64}
            placeholder="Go to a project or page"
            className="h-12 min-w-0 flex-1 bg-transparent outline-none placeholder:text-muted"
          />
        </div>
        <Command.List className="overflow-y-auto p-1.5 outline-none">
          <Command.Empty className="px-2.5 py-6 text-center text-muted">
            Nothing has this name.
          </Command.Empty>
          {project !== undefined && (
            <Group heading={project}>
              {pages.map(([label, icon, to]) => (
                <Item
                  key={to}
                  icon={icon}
                  value={`page ${label}`}
                  keywords={[label, project]}
                  onSelect={go(() => navigate({ to, params: { project } }))}
                >
                  {label}
                </Item>
              ))}
              <Item
                icon={FolderIcon}
                value="page Folders"
                onSelect={go(() =>
                  navigate({
                    to: '/dashboard/projects/$project/folders/$',
                    params: { project, _splat: '' },
                  }),
                )}
              >
                Folders
              </Item>
            </Group>
          )}
          <Group heading="Projects">
            {projects.data?.projects.map(({ id, projectName }) => (
              <Item
                key={id}
                icon={LayoutGridIcon}
                value={`project ${projectName}`}
                keywords={[projectName]}
                onSelect={go(() =>
                  navigate({
                    to: '/dashboard/projects/$project',
                    params: { project: projectName },
                  }),
                )}
              >
                {projectName}
              </Item>
            ))}
            <Item
              icon={LayoutGridIcon}
              value="all projects"
              onSelect={go(() => navigate({ to: '/dashboard' }))}
            >
              All projects
            </Item>
            <Item icon={PlusIcon} value="new project" onSelect={onNewProject}>
              New project
            </Item>
          </Group>
          <Group heading="Everywhere">
            <Item
              icon={ActivityIcon}
              value="activity of all projects"
              onSelect={go(() => navigate({ to: '/dashboard/activity' }))}
            >
              Activity of all projects
            </Item>
            <Item
              icon={UserIcon}
              value="account"
              keywords={['password', 'sessions']}
              onSelect={go(() => navigate({ to: '/dashboard/account' }))}
            >
              Account
            </Item>
            {me.data?.role === 'admin' && (
              <Item
                icon={UsersIcon}
                value="people"
                keywords={['users', 'administrators', 'invitations']}
                onSelect={go(() => navigate({ to: '/dashboard/people' }))}
              >
                People
              </Item>
            )}
            <Item
              icon={BookOpenIcon}
              value="documentation"
              keywords={['docs', 'help']}
              onSelect={go(() => location.assign(DOCS))}
            >
              Documentation
            </Item>
            {THEMES.map((theme) => (
              <Item
                key={theme}
                icon={PaletteIcon}
                value={`theme ${theme}`}
                onSelect={go(() => chooseTheme(theme))}
              >
                Theme: {THEME_LABELS[theme]}
              </Item>
            ))}
          </Group>
          {project !== undefined && q !== '' && (
            <Group forceMount heading="Search">
              <Item
                forceMount
                icon={SearchIcon}
                value="search images"
                onSelect={go(() =>
                  navigate({
                    to: '/dashboard/projects/$project',
                    params: { project },
                    search: { q },
                  }),
                )}
              >
                Search the images for “{q}”
              </Item>
            </Group>
          )}
        </Command.List>
      </Command>
      {projects.error && (
        <p role="alert" className="border-t border-line px-4 py-2.5 text-sm text-danger">
          {explainInOneLine(projects.error)}
        </p>
      )}
    </Dialog>
  );
}

function Group({
  children,
  ...rest
}: {
  readonly heading: string;
  readonly forceMount?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <Command.Group
      {...rest}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-muted"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  icon: Icon,
  children,
  ...rest
}: {
  readonly icon: LucideIcon;
  readonly value: string;
  readonly keywords?: string[];
  readonly forceMount?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Command.Item
      {...rest}
      className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1.5 select-none data-[selected=true]:bg-hover"
    >
      <Icon className="text-muted" />
      <span className="min-w-0 truncate">{children}</span>
    </Command.Item>
  );
}
