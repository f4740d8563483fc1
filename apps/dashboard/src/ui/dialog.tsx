import { useMutation } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { XIcon } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.js';
import { ErrorNotice } from './notice.js';
import { ancestorsOf, restoreFocus } from './restore-focus.js';

export interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Called on Escape, on the close button, and when another page is shown, as by the browser's Back. */
  readonly onClose: () => void;
  /** `false`: no close button, and Escape does nothing. The content must offer a way out. */
  readonly dismissible?: boolean;
  /** Only the content is visible: no header and no padding. Screen readers get the title. */
  readonly bare?: boolean;
  readonly children: ReactNode;
}

/**
 * A modal dialog, open while it is rendered. It uses the browser's own `<dialog>`, which traps focus.
 * Radix's dialog locks scrolling with an inline style, which the page's CSP blocks.
 */
export function Dialog({
  title,
  description,
  onClose,
  dismissible = true,
  bare = false,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const descriptionId = useId();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const openedOn = useRef(path);

  useEffect(() => {
    if (dismissible && path !== openedOn.current) onClose();
  }, [path, dismissible, onClose]);

  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    const ancestors = ancestorsOf(opener);
    if (element && !element.open) element.showModal();
    // React's autoFocus runs before showModal() and has no effect here.
    element?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      // The confirmed action may have removed the opener's row.
      else restoreFocus(ancestors);
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      aria-describedby={description ? descriptionId : undefined}
      onKeyDown={(event) => {
        // Chromium lets a page cancel the first Escape only, and closes the dialog on the second.
        if (event.key !== 'Escape') return;
        event.preventDefault();
        if (dismissible) onClose();
      }}
      onCancel={(event) => {
        event.preventDefault();
        if (dismissible) onClose();
      }}
      onClose={({ currentTarget }) => {
        if (currentTarget.open) return;
        if (dismissible) onClose();
        else currentTarget.showModal();
      }}
      className={bare ? 'modal mt-[12dvh]' : 'modal'}
    >
      <div className={bare ? undefined : 'grid gap-4 p-5'}>
        <header className={bare ? 'sr-only' : 'grid gap-1.5'}>
          <div className="flex items-start justify-between gap-4">
            <h2 id={titleId} className="text-lg leading-snug">
              {title}
            </h2>
            {dismissible && !bare && (
              <Button
                variant="quiet"
                size="icon"
                className="-mt-0.5 -mr-1.5"
                aria-label="Close"
                onClick={onClose}
              >
                <XIcon />
              </Button>
            )}
          </div>
          {description && (
            <div id={descriptionId} className="text-muted">
              {description}
            </div>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** The row of buttons at the end of a dialog. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2 pt-1">{children}</div>;
}

export interface ConfirmDialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Label of the button that confirms, such as "Revoke key". */
  readonly action: string;
  readonly danger?: boolean;
  /** Performs the action. If it rejects, the dialog shows the error and stays open. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
}

/** Asks for confirmation before an action that cannot be undone. */
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
          Cancel
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
