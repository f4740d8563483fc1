import { useMutation } from '@tanstack/react-query';
import { hasCode } from '../api/errors.js';
import { removePerson } from '../api/people.js';
import type { Person } from '../api/types.js';
import { Button } from '../ui/button.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { ErrorNotice } from '../ui/notice.js';
import { useToast } from '../ui/toasts.js';

/** Removes a person. Where projects would have no owner, it offers to take them over. */
export function RemoveDialog({
  person: { id, email },
  onChanged,
  onClose,
}: {
  readonly person: Person;
  readonly onChanged: () => Promise<unknown>;
  readonly onClose: () => void;
}) {
  const toast = useToast();
  const remove = useMutation({
    mutationFn: (takeOver: boolean) => removePerson(id, takeOver),
    async onSuccess() {
      await onChanged();
      toast({ text: `${email} is removed` });
      onClose();
    },
  });
  const needsOwner = hasCode(remove.error, 'only_owner_of_projects');
  return (
    <Dialog
      title={`Remove ${email}?`}
      description="Their password, sessions, CLI tokens and account-wide keys stop working at once, and their open invitations end. Secret keys of single projects keep working: rotate those that they know."
      onClose={onClose}
    >
      <ErrorNotice error={remove.error} />
      <DialogActions>
        <Button data-autofocus onClick={onClose}>
          Cancel
        </Button>
        <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate(needsOwner)}>
          {needsOwner ? 'Take the projects over and remove' : 'Remove person'}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
