import { Toast } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { cx } from './class-names.js';
import { AlertIcon, CheckIcon, CrossIcon } from './icons.js';

export interface ToastMessage {
  readonly text: string;
  readonly tone?: 'ok' | 'danger';
  /** Something to do about it, such as to undo. */
  readonly action?: { readonly label: string; readonly onClick: () => void };
  readonly durationMs?: number;
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {});

/** Shows a message at the screen's edge; it is read out and goes by itself. */
export const useToast = () => useContext(ToastContext);

const DURATION_MS = 6000;
let lastId = 0;

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<readonly (ToastMessage & { readonly id: number })[]>([]);
  const show = useCallback((message: ToastMessage) => {
    lastId += 1;
    const id = lastId;
    setShown((before) => [...before.slice(-3), { ...message, id }]);
  }, []);
  const remove = (id: number) => setShown((before) => before.filter((one) => one.id !== id));

  return (
    <Toast.Provider label={texts.common.message} duration={DURATION_MS} swipeDirection="right">
      <ToastContext value={show}>{children}</ToastContext>
      {shown.map(({ id, text, tone = 'ok', action, durationMs }) => (
        <Toast.Root
          key={id}
          {...(durationMs === undefined ? {} : { duration: durationMs })}
          type={tone === 'danger' ? 'foreground' : 'background'}
          onOpenChange={(open) => !open && remove(id)}
          className="pop-in flex items-center gap-3 rounded-lg border border-line bg-surface py-2 pr-2 pl-3.5 shadow-pop"
        >
          {tone === 'danger' ? (
            <AlertIcon className="size-4 text-danger" />
          ) : (
            <CheckIcon className="size-4 text-ok" />
          )}
          <Toast.Description className={cx('min-w-0 flex-1 text-sm', !action && 'py-1')}>
            {text}
          </Toast.Description>
          {action && (
            <Toast.Action asChild altText={action.label}>
              <Button size="sm" onClick={action.onClick}>
                {action.label}
              </Button>
            </Toast.Action>
          )}
          <Toast.Close asChild>
            <Button variant="quiet" size="sm" className="px-1.5" aria-label={texts.common.dismiss}>
              <CrossIcon />
            </Button>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport
        label={texts.common.toastRegion}
        className="fixed right-0 bottom-0 z-50 grid w-full max-w-md gap-2 p-4"
      />
    </Toast.Provider>
  );
}
