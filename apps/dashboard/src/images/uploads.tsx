import { isFolder } from '@auraimage/protocol';
import { useAuraUploader } from '@auraimage/react';
import { useBlocker, useMatch } from '@tanstack/react-router';
import { UploadIcon } from 'lucide-react';
import { createContext, type ReactNode, useContext, useRef, useState } from 'react';
import { isSignedOut } from '../api/errors.js';
import { namesFrom, signUpload } from '../api/images.js';
import { useMayEdit, useProject, useProjectName } from '../api/projects.js';
import { sessionState } from '../api/session-state.js';
import type { Visibility } from '../api/types.js';
import { folderOf, nameInFolder, nameStem } from './image-names.js';
import { useRefreshNewest } from './refresh.js';
import { UploadDialog } from './upload-dialog.js';
import { UploadPanel } from './upload-panel.js';
import { useFiles } from './use-files.js';

interface UploadChoice {
  readonly visibility: Visibility;
  /** Empty for none. */
  readonly folder: string;
}

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
  const mayEdit = useMayEdit();
  if (!data || !mayEdit) return children;
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
  // The choices for each file: later choices apply to later files.
  const choices = useRef(new WeakMap<Blob, UploadChoice>());
  // Names that files of this page have got, which the server may not list yet.
  const given = useRef(new Map<string, File>());
  const folder = useOpenFolder();
  const input = useRef<HTMLInputElement>(null);
  const refresh = useDebouncedCall(useRefreshNewest(project), REFRESH_MS);
  const uploader = useAuraUploader({
    cdnUrl,
    paste: false,
    onUpload: refresh,
    signature: async (file, { signal }) => {
      try {
        const choice = choices.current.get(file);
        let name: string | undefined;
        if (choice && choice.folder !== '') {
          const listed = await namesFrom(project, nameStem(choice.folder, file.name), signal);
          const others = [...given.current].filter(([, owner]) => owner !== file);
          name = nameInFolder(choice.folder, file.name, [...listed, ...others.map(([one]) => one)]);
          given.current.set(name, file);
        }
        // The safe default.
        return await signUpload(project, choice?.visibility ?? 'private', name, signal);
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
    for (const file of chosen ?? []) choices.current.set(file, { visibility, folder });
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
              Drop images to upload them to {folder === '' ? project : folder}
              <span className="block text-sm font-normal text-muted">
                JPEG, PNG, GIF, WebP, AVIF, HEIC, JPEG XL, TIFF or BMP; no SVG or ICO
              </span>
            </span>
          </p>
        </div>
      )}
      {chosen && (
        <UploadDialog
          files={chosen}
          folder={folder}
          onStart={start}
          onClose={() => setChosen(null)}
        />
      )}
    </UploadsContext>
  );
}

/** The folder whose page is open, such as `users/42/`; empty for none, and for an impossible one. */
function useOpenFolder(): string {
  const match = useMatch({
    from: '/_app/dashboard/projects/$project/folders/$',
    shouldThrow: false,
  });
  const folder = folderOf(match?.params._splat);
  return isFolder(folder) ? folder : '';
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
