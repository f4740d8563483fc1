import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { resetPassword } from '../api/people.js';
import type { Person } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { SecretField } from '../ui/secret-field.js';

/** Resets the password of a person, and shows the link to hand over. */
export function ResetDialog({
  person: { id, email, hasSecondFactor },
  onChanged,
  onClose,
}: {
  readonly person: Person;
  readonly onChanged: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const checkbox = useId();
  const [removesFactor, setRemovesFactor] = useState(false);
  const reset = useMutation({
    mutationFn: () => resetPassword(id, removesFactor),
    onSuccess: onChanged,
  });
  if (reset.data) {
    return (
      <Dialog
        dismissible={false}
        title={`A new password for ${email}`}
        description="Send this link yourself. It works once, for 24 hours. The server sends no email, and it shows the link only once."
        onClose={onClose}
      >
        <SecretField revealed secret={reset.data.url} label="Link" prefix="" />
        <DialogActions>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </DialogActions>
      </Dialog>
    );
  }
  return (
    <Dialog
      title={`Reset the password of ${email}?`}
      description="The password, every session and every CLI token of this person end at once. You get a link with which they choose a new password."
      onClose={onClose}
    >
      {hasSecondFactor && (
        <div className="flex gap-2.5">
          <input
            id={checkbox}
            type="checkbox"
            checked={removesFactor}
            onChange={(event) => setRemovesFactor(event.target.checked)}
            className="mt-1 size-4 accent-accent"
          />
          <label htmlFor={checkbox}>Also turn the second factor off, since it is lost</label>
        </div>
      )}
      <ErrorNotice error={reset.error} />
      <DialogActions>
        <Button data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button variant="danger" busy={reset.isPending} onClick={() => reset.mutate()}>
          Reset password
        </Button>
      </DialogActions>
    </Dialog>
  );
}
