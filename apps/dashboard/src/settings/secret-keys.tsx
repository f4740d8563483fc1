import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { revokeSecretKey, secretKeysQuery } from '../api/secrets.js';
import type { SecretKey } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { PlusIcon } from '../ui/icons.js';
import { Section } from '../ui/page.js';
import { Row, Rows } from '../ui/rows.js';
import { Loaded } from '../ui/states.js';
import { RelativeTime } from '../ui/time.js';
import { useToast } from '../ui/toasts.js';
import { CreateSecretKey } from './create-secret-key.js';

export function SecretKeys({ project }: { readonly project: string }) {
  const words = texts.settings.secretKeys;
  const queryClient = useQueryClient();
  const toast = useToast();
  const keys = useQuery(secretKeysQuery(project));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<SecretKey | null>(null);
  const refresh = () => queryClient.invalidateQueries(secretKeysQuery(project));
  return (
    <Section id="secret-keys" title={words.title} description={words.text}>
      <Loaded query={keys}>
        {({ secretKeys }) =>
          secretKeys.length === 0 ? (
            <p className="text-muted">{words.empty}</p>
          ) : (
            <Rows label={words.list}>
              {secretKeys.map((key) => (
                <KeyRow key={key.id} secretKey={key} onRevoke={() => setRevoking(key)} />
              ))}
            </Rows>
          )
        }
      </Loaded>
      <div>
        <Button onClick={() => setCreating(true)}>
          <PlusIcon />
          {words.create}
        </Button>
      </div>
      {creating && (
        <CreateSecretKey project={project} onCreated={refresh} onClose={() => setCreating(false)} />
      )}
      {revoking && (
        <ConfirmDialog
          title={words.revokeTitle(revoking.name)}
          action={words.revokeAction}
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await revokeSecretKey(project, revoking.id);
            await refresh();
            toast({ text: words.revoked(revoking.name) });
          }}
        >
          {revoking.scope === 'account' ? words.revokeAccountText : words.revokeText}
        </ConfirmDialog>
      )}
    </Section>
  );
}

function KeyRow({
  secretKey: { name, lastFour, scope, createdAt, lastUsedAt },
  onRevoke,
}: {
  readonly secretKey: SecretKey;
  readonly onRevoke: () => void;
}) {
  const words = texts.settings.secretKeys;
  return (
    <Row
      title={name}
      badge={
        <>
          <span className="font-mono text-sm font-normal text-muted">{words.endsIn(lastFour)}</span>
          {scope === 'account' && <Badge tone="accent">{words.accountWide}</Badge>}
        </>
      }
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
