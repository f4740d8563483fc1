import { CheckIcon, TriangleAlertIcon, XIcon } from 'lucide-react';
import { Toast } from 'radix-ui';
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { Button } from './button.js';
import { DockProvider } from './dock.js';

export interface ToastMessage {
  readonly text: string;
  readonly tone?: 'ok' | 'danger';
}

const ToastContext = createContext<(message: ToastMessage) => void>(() => {});

/** Shows a message in the dock. It is announced, and disappears after a while. */
export const useToast = () => useContext(ToastContext);

const DURATION_MS = 6000;
const MAX_SHOWN = 3;
let lastId = 0;

/** Radix Toast: unlike most toast libraries, it adds no `<style>` element, which the CSP would block. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [toasts, setToasts] = useState<readonly (ToastMessage & { readonly id: number })[]>([]);
  const show = useCallback((message: ToastMessage) => {
    lastId += 1;
    const toast = { ...message, id: lastId };
    setToasts((before) => [...before.slice(1 - MAX_SHOWN), toast]);
  }, []);
  const remove = (id: number) => setToasts((before) => before.filter((toast) => toast.id !== id));

  return (
    <Toast.Provider label="Message" duration={DURATION_MS} swipeDirection="right">
      <DockProvider
        messages={
          <Toast.Viewport
            label="Messages ({hotkey})"
            className="flex flex-wrap justify-end gap-2 outline-none"
          />
        }
      >
        <ToastContext value={show}>{children}</ToastContext>
      </DockProvider>
      {toasts.map(({ id, text, tone = 'ok' }) => (
        <Toast.Root
          key={id}
          type={tone === 'danger' ? 'foreground' : 'background'}
          onOpenChange={(open) => !open && remove(id)}
          className="pop-in flex max-w-md items-center gap-3 rounded-md border border-line bg-surface py-1 pr-1 pl-3.5"
        >
          {tone === 'danger' ? (
            <TriangleAlertIcon className="text-danger" />
          ) : (
            <CheckIcon className="text-ok" />
          )}
          <Toast.Description className="min-w-0 flex-1 py-1 text-sm">{text}</Toast.Description>
          <Toast.Close asChild>
            <Button variant="quiet" size="icon" aria-label="Dismiss message">
              <XIcon />
            </Button>
          </Toast.Close>
        </Toast.Root>
      ))}
    </Toast.Provider>
  );
}
