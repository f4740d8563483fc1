import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PlusIcon } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import {
  createSecretKey,
  getServeSecret,
  revokeSecretKey,
  secretKeysQuery,
} from '../api/secrets.js';
import type { Project, SecretKey } from '../api/types.js';
import { Badge } from '../ui/badge.js';
import { Button } from '../ui/button.js';
import { CodeBlock } from '../ui/code-block.js';
import { ConfirmDialog, Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice, FailedNotice } from '../ui/notice.js';
import { Section } from '../ui/page.js';
import { RelativeTime } from '../ui/relative-time.js';
import { Row, Rows } from '../ui/rows.js';
import { SecretField } from '../ui/secret-field.js';
import { Loaded } from '../ui/states.js';
import { useToast } from '../ui/toasts.js';
import { formatEnv } from './env-section.js';

export function SecretKeys({ project }: { readonly project: Project }) {
  const { projectName } = project;
  const queryClient = useQueryClient();
  const toast = useToast();
  const keys = useQuery(secretKeysQuery(projectName));
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<SecretKey | null>(null);
  const refresh = () => queryClient.invalidateQueries(secretKeysQuery(projectName));
  return (
    <Section
      id="secret-keys"
      title="Secret keys"
      description="Your server signs uploads and manages images with them. At most ten per project."
    >
      <Loaded query={keys}>
        {({ secretKeys }) =>
          secretKeys.length === 0 ? (
            <p className="text-muted">
              There is no secret key yet. Your app needs one to sign uploads to {projectName}. It
              comes with the complete .env file.
            </p>
          ) : (
            <Rows label="Active secret keys">
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
          New secret key
        </Button>
      </div>
      {creating && (
        <CreateSecretKey project={project} onCreated={refresh} onClose={() => setCreating(false)} />
      )}
      {revoking && (
        <ConfirmDialog
          title={`Revoke ${revoking.name}?`}
          action="Revoke key"
          onClose={() => setRevoking(null)}
          onConfirm={async () => {
            await revokeSecretKey(projectName, revoking.id);
            await refresh();
            toast({ text: `${revoking.name} is revoked` });
          }}
        >
          {revoking.scope === 'account'
            ? 'It signs for every project of your account. Everything that uses it stops working immediately, in all projects.'
            : 'Everything that uses it stops working immediately: signing uploads, listing and deleting images.'}
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
  return (
    <Row
      title={name}
      badge={
        <>
          <span className="font-mono text-sm font-normal text-muted">…{lastFour}</span>
          {scope === 'account' && <Badge tone="accent">All projects</Badge>}
        </>
      }
      actions={
        <Button size="sm" variant="danger" aria-label={`Revoke ${name}`} onClick={onRevoke}>
          Revoke
        </Button>
      }
    >
      <span>
        Created <RelativeTime iso={createdAt} />
      </span>
      <span>Last used {lastUsedAt === null ? 'never' : <RelativeTime iso={lastUsedAt} />}</span>
    </Row>
  );
}

/** Shows a new key for the only time, and the complete `.env` file of an app. */
function CreatedKey({
  project: { projectName, cdnUrl },
  secret,
  onClose,
}: {
  readonly project: Project;
  readonly secret: string;
  readonly onClose: () => void;
}) {
  // Fetched by a mutation, whose result is not cached.
  const serve = useMutation({ mutationFn: () => getServeSecret(projectName) });
  useEffect(() => serve.mutate(), [serve.mutate]);
  return (
    <Dialog
      key="created"
      dismissible={false}
      title="Your new secret key"
      description="It is shown only this once. Store it where your server reads its configuration."
      onClose={onClose}
    >
      <SecretField revealed secret={secret} label="Secret key" prefix="sk_live_" />
      {serve.error && (
        <FailedNotice error={serve.error} busy={serve.isPending} onRetry={() => serve.mutate()} />
      )}
      {serve.data && (
        <CodeBlock
          of=".env of your app"
          code={formatEnv({ projectName, cdnUrl, secretKey: secret, serveSecret: serve.data })}
        />
      )}
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          I have stored it
        </Button>
      </DialogActions>
    </Dialog>
  );
}

/** Creates a key, then shows it once. */
function CreateSecretKey({
  project,
  onCreated,
  onClose,
}: {
  readonly project: Project;
  readonly onCreated: () => unknown;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => createSecretKey(project.projectName, name.trim()),
    onSuccess: () => void onCreated(),
  });
  if (create.data) {
    return <CreatedKey project={project} secret={create.data.secret} onClose={onClose} />;
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') create.mutate();
  };
  return (
    <Dialog title="New secret key" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={create.error} />
        <Field label="Name" hint="Where you use it, such as “production” or “CI”.">
          <Input
            name="key-name"
            autoComplete="off"
            required
            autoFocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" busy={create.isPending}>
            Create key
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
