import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { Dialog, DialogActions } from './dialog.js';
import { ErrorNotice } from './notice.js';

export interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Says what happens, such as "Revoke key". */
  readonly action: string;
  readonly danger?: boolean;
  /** Does it; a rejection is shown and the dialog stays. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks before something that cannot be taken back. */
export function ConfirmDialog({
  title,
  children,
  action,
  danger = true,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  const confirm = useMutation({ mutationFn: onConfirm, onSuccess: onClose });
  return (
    <Dialog title={title} description={children} onClose={onClose}>
      <ErrorNotice error={confirm.error} />
      <DialogActions>
        <Button data-autofocus onClick={onClose}>
          {texts.common.cancel}
        </Button>
        <Button
          variant={danger ? 'danger' : 'primary'}
          busy={confirm.isPending}
          onClick={() => confirm.mutate()}
        >
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
