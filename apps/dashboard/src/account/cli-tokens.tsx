import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { cliTokensQuery, revokeCliToken } from '../api/auth.js';
import type { CliToken } from '../api/types.js';
import { loginCommand } from '../images/snippets.js';
import { Button } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';

/** The devices that signed in with `aura login`. */
export function CliTokens() {
  const queryClient = useQueryClient();
  const toast = useToast();
  const tokens = useQuery(cliTokensQuery);
  const [revoking, setRevoking] = useState<CliToken | null>(null);
  return (
    <Section title="Command line" description="Devices that signed in with “aura login”.">
      <Loaded query={tokens}>
        {({ tokens: list }) =>
          list.length === 0 ? (
            <>
              <p className="text-muted">No device is signed in. Run this on one:</p>
              <CodeBlock of="Terminal" code={loginCommand()} />
            </>
          ) : (
            <Rows label="Devices that are signed in">
              {list.map((token) => (
                <TokenRow key={token.id} token={token} onRevoke={() => setRevoking(token)} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          action="Revoke token"
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await revokeCliToken(revoking.id);
            await queryClient.invalidateQueries({ queryKey: cliTokensQuery.queryKey });
            toast({ text: `${revoking.name} is revoked` });
          }}
        >
          Commands on that device stop working until somebody signs in there again.
        </ConfirmDialog>
      )}
    </Section>
  );
}

function Expiry({ iso }: { readonly iso: string | null }) {
  if (iso === null) return <span>Does not expire</span>;
  return Date.parse(iso) <= Date.now() ? (
    <span className="text-danger">
      Expired <RelativeTime iso={iso} />
    </span>
  ) : (
    <span>
      Expires <RelativeTime iso={iso} />
    </span>
  );
}

function TokenRow({
  token: { name, lastFour, createdAt, lastUsedAt, expiresAt },
  onRevoke,
}: {
  readonly token: CliToken;
  readonly onRevoke: () => void;
}) {
  return (
    <Row
      title={name}
      badge={<span className="font-mono text-sm font-normal text-muted">…{lastFour}</span>}
      actions={
        <Button size="sm" variant="danger" aria-label={`Revoke ${name}`} onClick={onRevoke}>
          Revoke
        </Button>
      }
    >
      <span>
        Signed in <RelativeTime iso={createdAt} />
      </span>
      <span>Last used {lastUsedAt === null ? 'never' : <RelativeTime iso={lastUsedAt} />}</span>
      <Expiry iso={expiresAt} />
    </Row>
  );
}
