import { Link } from '@tanstack/react-router';
import { FolderIcon, LockIcon, UploadIcon } from 'lucide-react';
import { useMayEdit } from '../api/projects.js';
import type { Visibility } from '../api/types.js';
import { Button, buttonVariants } from '../ui/button.js';
import { SearchInput } from '../ui/search-input.js';
import { Segments } from '../ui/segments.js';

const FILTERS = [
  { value: 'all', label: 'All' },
  { value: 'public', label: 'Public' },
  {
    value: 'private',
    label: (
      <>
        <LockIcon className="size-3.5" />
        Private
      </>
    ),
  },
] as const;

export interface ToolbarProps {
  readonly project: string;
  readonly search: string;
  readonly onSearch: (text: string) => void;
  readonly visibility: Visibility | undefined;
  readonly onVisibility: (visibility: Visibility | undefined) => void;
  readonly onUpload: () => void;
}

/** Search, folders, visibility filter and upload. */
export function Toolbar(props: ToolbarProps) {
  const mayEdit = useMayEdit();
  return (
    <div className="flex flex-wrap items-center gap-2">
      <SearchInput
        label="Search by name"
        value={props.search}
        onChange={props.onSearch}
        className="min-w-0 flex-1 basis-44 sm:max-w-80"
      />
      <Link
        to="/dashboard/projects/$project/folders/$"
        params={{ project: props.project, _splat: '' }}
        className={buttonVariants()}
      >
        <FolderIcon />
        Folders
      </Link>
      <Segments
        label="Visibility"
        choices={FILTERS}
        value={props.visibility ?? 'all'}
        onChange={(choice) => props.onVisibility(choice === 'all' ? undefined : choice)}
      />
      {mayEdit && (
        <Button variant="primary" className="ml-auto" onClick={props.onUpload}>
          <UploadIcon />
          Upload
        </Button>
      )}
    </div>
  );
}
