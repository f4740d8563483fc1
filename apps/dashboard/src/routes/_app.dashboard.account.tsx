import { useQuery } from '@tanstack/react-query';
import { createFileRoute } from '@tanstack/react-router';
import { CliTokens } from '../account/cli-tokens.js';
import { Password } from '../account/password.js';
import { Provider } from '../account/provider.js';
import { SecondFactor } from '../account/second-factor.js';
import { Sessions } from '../account/sessions.js';
import { meQuery } from '../api/auth.js';
import { readProviderSearch } from '../auth/provider-sign-in.js';
import { Badge } from '../ui/badge.js';
import { PageBody, PageHeader, useTitle } from '../ui/page.js';

export const Route = createFileRoute('/_app/dashboard/account')({
  validateSearch: readProviderSearch,
  component: AccountPage,
});

const ROLES = { admin: 'Administrator', member: 'Member' } as const;

/** The person's own account. */
function AccountPage() {
  useTitle('Account');
  const { data: me } = useQuery(meQuery);
  return (
    <PageBody>
      <PageHeader title="Account">
        {me && (
          <span className="flex flex-wrap items-center gap-2">
            {me.name !== '' && me.name !== me.email && `${me.name} · `}
            {me.email} <Badge>{ROLES[me.role]}</Badge>
          </span>
        )}
      </PageHeader>
      <Password />
      <Provider outcome={Route.useSearch()} />
      <SecondFactor />
      <Sessions />
      <CliTokens />
    </PageBody>
  );
}
