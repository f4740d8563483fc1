import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useContext,
  useEffect,
  useState,
} from 'react';
import { Spinner } from '../ui/button.js';
import { DockItem } from '../ui/dock.js';
import { loadChunk, useIsWaitingForServer } from './load-chunk.js';

const Palette = lazy(() =>
  loadChunk(() => import('./palette.js')).then(({ Palette }) => ({ default: Palette })),
);
const CreateProject = lazy(() =>
  loadChunk(() => import('../projects/create-project.js')).then(({ CreateProject }) => ({
    default: CreateProject,
  })),
);

/** What can be opened on every page. */
export type ShellDialog = 'palette' | 'new-project';

const ShellContext = createContext<(dialog: ShellDialog) => void>(() => {});

/** Opens the command palette, or the dialog that creates a project. */
export const useShell = () => useContext(ShellContext);

/** What every page with a session has: the command palette, its keys, and the state of the server. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const [dialog, setDialog] = useState<ShellDialog | null>(null);
  const close = () => setDialog(null);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!isPaletteKey(event) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      setDialog('palette');
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <ShellContext value={setDialog}>
      {children}
      <Suspense>
        {dialog === 'palette' && (
          <Palette onClose={close} onNewProject={() => setDialog('new-project')} />
        )}
        {dialog === 'new-project' && <CreateProject onClose={close} />}
      </Suspense>
      <ServerStatus />
    </ShellContext>
  );
}

/** Ctrl or ⌘ with K anywhere, and `/` outside of fields. */
function isPaletteKey({ key, ctrlKey, metaKey, altKey, target }: KeyboardEvent): boolean {
  if (altKey) return false;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k';
  const isTyping = target instanceof Element && target.closest('input, textarea, select') !== null;
  return key === '/' && !isTyping;
}

function ServerStatus() {
  const isWaiting = useIsWaitingForServer();
  if (!isWaiting) return null;
  return (
    <DockItem>
      <section
        aria-label="Connection"
        className="flex min-h-9 items-center gap-2.5 rounded-md border border-line bg-surface px-3.5 text-sm"
      >
        <Spinner />
        <p role="status">The server does not answer. Trying again…</p>
      </section>
    </DockItem>
  );
}
