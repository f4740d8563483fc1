import { type ReactNode, useEffect, useId, useRef } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { cx } from './class-names.js';
import { focusNear, placesAround } from './focus-left.js';
import { CrossIcon } from './icons.js';

export interface DialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Called when the person wants it closed: Escape, the cross. */
  readonly onClose: () => void;
  /** Only an answer closes it: no cross, and Escape does nothing. */
  readonly insistent?: boolean;
  readonly className?: string;
  readonly children: ReactNode;
}

/**
 * A modal dialog, open while it is rendered. The browser's own `<dialog>` keeps focus inside and
 * gives it back; Radix's would lock scrolling with an inline style, which the page's policy refuses.
 */
export function Dialog({
  title,
  description,
  onClose,
  insistent = false,
  className,
  children,
}: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const descriptionId = useId();

  useEffect(() => {
    const element = dialog.current;
    const opener = document.activeElement;
    const places = placesAround(opener);
    if (element && !element.open) element.showModal();
    // React focuses what asks for it before the dialog shows: too early to be of use.
    element?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      element?.close();
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
      // What was confirmed may have removed the row of the opener.
      else focusNear(places);
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      aria-describedby={description ? descriptionId : undefined}
      onKeyDown={(event) => {
        // A browser lets a page refuse a first Escape, and then closes the dialog at the second.
        if (event.key !== 'Escape') return;
        event.preventDefault();
        if (!insistent) onClose();
      }}
      onCancel={(event) => {
        event.preventDefault();
        if (!insistent) onClose();
      }}
      onClose={({ currentTarget }) => {
        if (currentTarget.open) return;
        if (insistent) currentTarget.showModal();
        else onClose();
      }}
      className={cx('modal', className)}
    >
      <div className="grid gap-4 p-5">
        <header className="grid gap-1.5">
          <div className="flex items-start justify-between gap-4">
            <h2 id={titleId} className="text-lg leading-snug">
              {title}
            </h2>
            {!insistent && (
              <Button
                variant="quiet"
                size="sm"
                className="-mt-0.5 -mr-1.5 px-1.5"
                aria-label={texts.common.close}
                onClick={onClose}
              >
                <CrossIcon />
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

/** The row of buttons at a dialog's end. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return <div className="flex flex-wrap justify-end gap-2 pt-1">{children}</div>;
}
