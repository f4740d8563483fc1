import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { DropdownMenu } from 'radix-ui';
import { meQuery, signOut } from '../api/session.js';
import { texts } from '../texts/index.js';
import { buttonClass } from '../ui/button.js';
import { explainShortly } from '../ui/explain-error.js';
import { CheckIcon, ChevronDownIcon, UserIcon } from '../ui/icons.js';
import { useToast } from '../ui/toasts.js';
import { announceSignOut, startOver } from './start-over.js';
import { THEMES, useTheme } from './theme.js';

const ITEM =
  'flex w-full items-center gap-2 rounded-md px-2.5 py-1.5 outline-none select-none data-highlighted:bg-hover';

/** Who is signed in, the theme, and the way out. */
export function AccountMenu() {
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
    onError: (error) => toast({ tone: 'danger', text: explainShortly(error) }),
  });
  const email = me?.email ?? '';

  return (
    // Not modal: a modal menu locks scrolling with an inline style, which the page's policy refuses.
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger
        className={buttonClass('quiet')}
        aria-label={texts.shell.accountMenu(email)}
      >
        <UserIcon />
        <span className="max-w-48 truncate font-normal max-sm:hidden">{email}</span>
        <ChevronDownIcon className="size-3.5" />
      </DropdownMenu.Trigger>
      <DropdownMenu.Content
        align="end"
        sideOffset={6}
        collisionPadding={12}
        className="pop-in z-40 w-60 rounded-lg border border-line bg-surface p-1.5 text-sm shadow-pop"
      >
        <DropdownMenu.Label className="px-2.5 py-1.5">
          <span className="block text-xs text-muted">{texts.shell.signedInAs}</span>
          <span className="block truncate font-medium">{email}</span>
        </DropdownMenu.Label>
        <DropdownMenu.Item className={ITEM} onSelect={() => navigate({ to: '/dashboard/account' })}>
          {texts.shell.account}
        </DropdownMenu.Item>
        <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
        <DropdownMenu.Label className="px-2.5 py-1 text-xs text-muted">
          {texts.shell.theme}
        </DropdownMenu.Label>
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
              {texts.shell.themes[choice]}
              <DropdownMenu.ItemIndicator className="ml-auto">
                <CheckIcon />
              </DropdownMenu.ItemIndicator>
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="my-1.5 h-px bg-line" />
        <DropdownMenu.Item className={ITEM} onSelect={() => leave.mutate()}>
          {texts.shell.signOut}
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}
