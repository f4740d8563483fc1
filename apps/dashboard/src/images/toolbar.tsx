import { Link } from '@tanstack/react-router';
import { FolderIcon, LockIcon, SearchIcon, UploadIcon } from 'lucide-react';
import { useMayEdit } from '../api/projects.js';
import type { Visibility } from '../api/types.js';
import { Button, buttonVariants } from '../ui/button.js';
import { Input } from '../ui/field.js';
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
      <div className="relative min-w-0 flex-1 basis-44 sm:max-w-80">
        <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 text-muted" />
        <Input
          type="search"
          aria-label="Search by name"
          placeholder="Search by name"
          className="pl-8"
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          value={props.search}
          onChange={(event) => props.onSearch(event.target.value)}
        />
      </div>
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
