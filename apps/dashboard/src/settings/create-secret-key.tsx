import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { createSecretKey } from '../api/secrets.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { Field, Input } from '../ui/field.js';
import { ErrorNotice } from '../ui/notice.js';
import { SecretField } from '../ui/secret-field.js';

/** Makes a key, then shows it: this once. */
export function CreateSecretKey({
  project,
  onCreated,
  onClose,
}: {
  readonly project: string;
  readonly onCreated: () => unknown;
  readonly onClose: () => void;
}) {
  const words = texts.settings.secretKeys;
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => createSecretKey(project, name.trim()),
    onSuccess: () => void onCreated(),
  });
  if (create.data) {
    return (
      <Dialog
        key="made"
        insistent
        title={words.createdTitle}
        description={words.createdText}
        onClose={onClose}
      >
        <SecretField
          revealed
          secret={create.data.secret}
          label={words.secretLabel}
          prefix="sk_live_"
        />
        <DialogActions>
          <Button variant="primary" onClick={onClose}>
            {words.stored}
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') create.mutate();
  };
  return (
    <Dialog title={words.createTitle} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <ErrorNotice error={create.error} />
        <Field label={words.name} hint={words.nameHint}>
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
          <Button onClick={onClose}>{texts.common.cancel}</Button>
          <Button variant="primary" type="submit" busy={create.isPending}>
            {words.createAction}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
