import { useAuraUploader } from '@auraimage/react';
import { useBlocker } from '@tanstack/react-router';
import { UploadIcon } from 'lucide-react';
import { createContext, type ReactNode, useContext, useRef, useState } from 'react';
import { isSignedOut } from '../api/errors.js';
import { signUpload } from '../api/images.js';
import { useProject, useProjectName } from '../api/projects.js';
import { sessionState } from '../api/session-state.js';
import type { Visibility } from '../api/types.js';
import { useRefreshNewest } from './refresh.js';
import { UploadDialog } from './upload-dialog.js';
import { UploadPanel } from './upload-panel.js';
import { useFiles } from './use-files.js';

interface Uploads {
  /** Opens the browser's file dialog. */
  readonly pick: () => void;
}

const UploadsContext = createContext<Uploads>({ pick: () => {} });

export const useUploads = (): Uploads => useContext(UploadsContext);

/** Uploads files that are dropped, pasted or picked on any page of a project, and survives navigation. */
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
const LEAVE_QUESTION = 'Some uploads have not finished. Leave the project and cancel them?';

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
  // The choice for each file: a later choice applies to later files.
  const visibilities = useRef(new WeakMap<Blob, Visibility>());
  const input = useRef<HTMLInputElement>(null);
  const refresh = useDebouncedCall(useRefreshNewest(project), REFRESH_MS);
  const uploader = useAuraUploader({
    cdnUrl,
    paste: false,
    onUpload: refresh,
    signature: async (file, { signal }) => {
      try {
        // The safe default.
        const visibility = visibilities.current.get(file) ?? 'private';
        return await signUpload(project, visibility, signal);
      } catch (error) {
        if (isSignedOut(error)) sessionState.markExpired();
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
        accept="image/*,.heic,.heif,.avif,.jxl"
        aria-label="Images to upload"
        onChange={({ currentTarget }) => {
          const files = [...(currentTarget.files ?? [])];
          currentTarget.value = ''; // so that the same file can be picked again
          if (files.length > 0) setChosen(files);
        }}
      />
      <UploadPanel uploader={uploader} />
      {isDragging && (
        <div className="pointer-events-none fixed inset-0 z-40 grid place-items-center bg-paper/90 p-6">
          <p className="crop-marks flex items-center gap-3 px-12 py-10 text-lg font-medium backdrop-blur-sm">
            <UploadIcon className="size-6 text-accent" />
            <span>
              Drop images to upload them to {project}
              <span className="block text-sm font-normal text-muted">
                JPEG, PNG, GIF, WebP, AVIF, HEIC, JPEG XL, TIFF or BMP; no SVG or ICO
              </span>
            </span>
          </p>
        </div>
      )}
      {chosen && <UploadDialog files={chosen} onStart={start} onClose={() => setChosen(null)} />}
    </UploadsContext>
  );
}

/** Debounces calls. */
function useDebouncedCall(work: () => unknown, ms: number): () => void {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  return () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(work, ms);
  };
}

/** Asks before the page is closed or the project is left while uploads are running. */
function useLeaveWarning(project: string, active: boolean): void {
  useBlocker({
    disabled: !active,
    enableBeforeUnload: active,
    shouldBlockFn: ({ next }) => {
      const stays = 'project' in next.params && next.params.project === project;
      return !stays && !window.confirm(LEAVE_QUESTION);
    },
  });
}
