import { useAuraUploader } from '@auraimage/react';
import { useBlocker } from '@tanstack/react-router';
import { createContext, type ReactNode, useContext, useRef, useState } from 'react';
import { isSignedOut } from '../api/errors.js';
import { signUpload } from '../api/images.js';
import type { Visibility } from '../api/types.js';
import { useProject, useProjectName } from '../projects/use-project.js';
import { sessionGate } from '../shell/session-gate.js';
import { texts } from '../texts/index.js';
import { UploadIcon } from '../ui/icons.js';
import { useRefreshNewest } from './refresh.js';
import { UploadDialog } from './upload-dialog.js';
import { UploadPanel } from './upload-panel.js';
import { useFiles } from './use-files.js';

interface Uploads {
  /** Opens the browser's dialog for files. */
  readonly pick: () => void;
}

const UploadsContext = createContext<Uploads>({ pick: () => {} });

export const useUploads = (): Uploads => useContext(UploadsContext);

/** Lets files be dropped, pasted and picked on every page of a project; uploads go on between them. */
export function UploadsProvider({ children }: { readonly children: ReactNode }) {
  const project = useProjectName();
  const { data } = useProject();
  if (!data) return children;
  return (
    <Provider key={project} project={project} cdnUrl={data.cdnUrl}>
      {children}
    </Provider>
  );
}

const REFRESH_MS = 400;

function Provider({
  project,
  cdnUrl,
  children,
}: {
  readonly project: string;
  readonly cdnUrl: string;
  readonly children: ReactNode;
}) {
  const [chosen, setChosen] = useState<readonly File[] | null>(null);
  // Of each file, what was chosen for it: another choice afterwards is for other files.
  const visibilities = useRef(new WeakMap<Blob, Visibility>());
  const input = useRef<HTMLInputElement>(null);
  const refresh = useDelayed(useRefreshNewest(project), REFRESH_MS);
  const uploader = useAuraUploader({
    cdnUrl,
    paste: false,
    onUploaded: refresh,
    getSignature: async (file, { signal }) => {
      try {
        // Without a choice nothing becomes public.
        const visibility = visibilities.current.get(file) ?? 'private';
        return await signUpload(project, visibility, signal);
      } catch (error) {
        if (isSignedOut(error)) sessionGate.shut();
        throw error;
      }
    },
  });
  const isDragging = useFiles((files) => setChosen(files), chosen === null);
  const isBusy = uploader.items.some(({ status }) => status === 'uploading' || status === 'queued');
  useLeaveWarning(project, isBusy);
  const [uploads] = useState<Uploads>(() => ({ pick: () => input.current?.click() }));

  const start = (visibility: Visibility) => {
    for (const file of chosen ?? []) visibilities.current.set(file, visibility);
    uploader.add(chosen ?? []);
    setChosen(null);
  };
  return (
    <UploadsContext value={uploads}>
      {children}
      <input
        ref={input}
        type="file"
        hidden
        multiple
        accept="image/*"
        aria-label={texts.uploads.pick}
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = ''; // the same file may be picked again
          if (files.length > 0) setChosen(files);
        }}
      />
      <UploadPanel uploader={uploader} />
      {isDragging && (
        <div className="pointer-events-none fixed inset-0 z-40 grid place-items-center bg-paper/90 p-6">
          <p className="crop-marks flex backdrop-blur-sm items-center gap-3 px-12 py-10 text-lg font-medium">
            <UploadIcon className="size-6 text-accent" />
            {texts.uploads.drop(project)}
          </p>
        </div>
      )}
      {chosen && <UploadDialog files={chosen} onStart={start} onClose={() => setChosen(null)} />}
    </UploadsContext>
  );
}

/** Many calls within a while are one. */
function useDelayed(work: () => unknown, ms: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(work, ms);
  };
}

/** Asks before the page is closed, or the project is left, from which something is still being sent. */
function useLeaveWarning(project: string, active: boolean): void {
  useBlocker({
    disabled: !active,
    enableBeforeUnload: active,
    shouldBlockFn: ({ next }) => {
      const stays = 'project' in next.params && next.params.project === project;
      return !stays && !window.confirm(texts.uploads.leave);
    },
  });
}
