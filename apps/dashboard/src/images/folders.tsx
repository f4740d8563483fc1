import { Link } from '@tanstack/react-router';
import { ChevronRightIcon, FolderIcon, LayoutGridIcon, UploadIcon } from 'lucide-react';
import { Button, buttonVariants } from '../ui/button.js';
import { lastPiece } from './image-names.js';

/** The page of a folder. Its heading gets the focus, because the link that was followed is gone. */
const pageOf = (project: string, folder: string) => ({
  to: '/dashboard/projects/$project/folders/$' as const,
  params: { project, _splat: folder.replace(/\/$/, '') },
  state: { near: '' },
});

/** Links to folders. */
export function FolderList({
  project,
  folders,
}: {
  readonly project: string;
  /** Such as `users/42/`. */
  readonly folders: readonly string[];
}) {
  return (
    <ul
      aria-label="Folders"
      className="grid grid-cols-[repeat(auto-fill,minmax(12.25rem,1fr))] gap-2 pt-1 pb-5"
    >
      {folders.map((folder) => (
        <li key={folder} className="min-w-0">
          <Link
            {...pageOf(project, folder)}
            title={folder}
            className="flex items-center gap-2.5 rounded-md border border-line bg-surface px-3 py-2 hover:bg-hover"
          >
            <FolderIcon className="shrink-0 text-muted" />
            <span className="truncate">{lastPiece(folder)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Where a folder is, with links to the folders around it and to all images. */
export function FolderToolbar({
  project,
  folder,
  onUpload,
}: {
  readonly project: string;
  /** Such as `users/42/`; empty for the outermost one. */
  readonly folder: string;
  readonly onUpload: () => void;
}) {
  const pieces = folder.split('/').slice(0, -1);
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
      <nav aria-label="Folder" className="min-w-0">
        <ol className="flex flex-wrap items-center gap-x-1">
          {['', ...pieces].map((piece, depth) => {
            const path = pieces.slice(0, depth).map((one) => `${one}/`);
            return (
              <li key={path.join('')} className="flex min-w-0 items-center gap-x-1">
                {depth > 0 && <ChevronRightIcon className="size-4 shrink-0 text-muted" />}
                <Link
                  {...pageOf(project, path.join(''))}
                  activeOptions={{ exact: true }}
                  className="min-w-0 rounded-sm px-1 py-1 break-all text-muted underline-offset-4 hover:text-ink hover:underline aria-[current]:font-medium aria-[current]:text-ink aria-[current]:no-underline"
                >
                  {depth === 0 ? 'Folders' : piece}
                </Link>
              </li>
            );
          })}
        </ol>
      </nav>
      <div className="flex gap-2">
        <Link to="/dashboard/projects/$project" params={{ project }} className={buttonVariants()}>
          <LayoutGridIcon />
          All images
        </Link>
        <Button variant="primary" onClick={onUpload}>
          <UploadIcon />
          Upload
        </Button>
      </div>
    </div>
  );
}
