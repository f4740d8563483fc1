import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cliTokensQuery, revokeCliToken } from '../api/account.js';
import type { CliToken } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { Section } from '../ui/page.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { RelativeTime } from '../ui/time.js';
import { useToast } from '../ui/toasts.js';

export function CliTokens() {
  const words = texts.account.tokens;
  const queryClient = useQueryClient();
  const toast = useToast();
  const tokens = useQuery(cliTokensQuery);
  const [revoking, setRevoking] = useState<CliToken | null>(null);
  return (
    <Section title={words.title} description={words.text}>
      <Loaded query={tokens}>
        {({ tokens: list }) =>
          list.length === 0 ? (
            <p className="text-muted">{words.empty}</p>
          ) : (
            <Rows label={words.list}>
              {list.map((token) => (
                <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {revoking && (
        <ConfirmDialog
          title={words.revokeTitle(revoking.name)}
          action={words.revokeAction}
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await revokeCliToken(revoking.id);
            await queryClient.invalidateQueries({ queryKey: cliTokensQuery.queryKey });
            toast({ text: words.revoked(revoking.name) });
          }}
        >
          {words.revokeText}
        </ConfirmDialog>
      )}
    </Section>
  );
}

function TokenRow({
  token: { name, lastFour, createdAt, lastUsedAt },
  onRevoke,
}: {
  readonly token: CliToken;
  readonly onRevoke: () => void;
}) {
  const words = texts.account.tokens;
  return (
    <Row
      title={name}
      badge={<span className="font-mono text-sm font-normal text-muted">…{lastFour}</span>}
      actions={
        <Button size="sm" variant="danger" aria-label={words.revokeLabel(name)} onClick={onRevoke}>
          {words.revoke}
        </Button>
      }
    >
      <span>
        {words.added} <RelativeTime iso={createdAt} />
      </span>
      <span>
        {words.used} {lastUsedAt === null ? texts.common.never : <RelativeTime iso={lastUsedAt} />}
      </span>
    </Row>
  );
}
