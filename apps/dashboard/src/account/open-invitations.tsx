import type { UseQueryResult } from '@tanstack/react-query';
import type { Invitation } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { RelativeTime } from '../ui/time.js';

export function OpenInvitations({
  query,
  onWithdraw,
}: {
  readonly query: UseQueryResult<{ readonly invitations: readonly Invitation[] }>;
  readonly onWithdraw: (id: string) => void;
}) {
  const words = texts.account.invitations;
  return (
    <Loaded query={query}>
      {({ invitations }) =>
        invitations.length > 0 && (
          <Rows label={words.list}>
            {invitations.map(({ id, email, createdAt, expiresAt }) => (
              <Row
                key={id}
                title={email ?? words.anyone}
                actions={
                  <Button
                    size="sm"
                    variant="danger"
                    aria-label={words.withdrawLabel(email ?? words.anyone)}
                    onClick={() => onWithdraw(id)}
                  >
                    {words.withdraw}
                  </Button>
                }
              >
                <span>
                  {words.made} <RelativeTime iso={createdAt} />
                </span>
                <span>
                  {words.expires} <RelativeTime iso={expiresAt} />
                </span>
              </Row>
            ))}
          </Rows>
        )
      }
    </Loaded>
  );
}
