import { useQuery } from '@tanstack/react-query';
import { meQuery } from '../api/session.js';
import { PageBody } from '../shell/app-shell.js';
import { texts } from '../texts/index.js';
import { Badge } from '../ui/badge.js';
import { PageHeader, useTitle } from '../ui/page.js';
import { CliTokens } from './cli-tokens.js';
import { Invitations } from './invitations.js';
import { PasswordSection } from './password.js';
import { Sessions } from './sessions.js';

export function AccountPage() {
  useTitle(texts.account.title);
  const { data: me } = useQuery(meQuery);
  return (
    <PageBody>
      <PageHeader title={texts.account.title}>
        {me && (
          <span className="flex flex-wrap items-center gap-2">
            {me.name !== '' && me.name !== me.email && `${me.name} · `}
            {me.email} <Badge>{texts.account.roles[me.role]}</Badge>
          </span>
        )}
      </PageHeader>
      <PasswordSection />
      <Sessions />
      <CliTokens />
      {me?.role === 'admin' && <Invitations />}
    </PageBody>
  );
}
