import type { Visibility } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Input } from '../ui/field.js';
import { LockIcon, SearchIcon, UploadIcon } from '../ui/icons.js';
import { Segments } from '../ui/segments.js';

export interface ToolbarProps {
  readonly search: string;
  readonly searchProblem: boolean;
  readonly onSearch: (text: string) => void;
  readonly visibility: Visibility | undefined;
  readonly onVisibility: (visibility: Visibility | undefined) => void;
  readonly onUpload: () => void;
}

/** Search, filter, upload. */
export function Toolbar(props: ToolbarProps) {
  const words = texts.images;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="relative min-w-0 flex-1 basis-44 sm:max-w-80">
        <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-muted" />
        <Input
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          aria-invalid={props.searchProblem || undefined}
          aria-describedby={props.searchProblem ? 'search-problem' : undefined}
          className="pl-8"
          maxLength={64}
          autoComplete="off"
          spellCheck={false}
          value={props.search}
          onChange={(event) => props.onSearch(event.target.value)}
        />
      </div>
      <VisibilityFilter value={props.visibility} onChange={props.onVisibility} />
      <Button variant="primary" className="ml-auto" onClick={props.onUpload}>
        <UploadIcon />
        {words.upload}
      </Button>
      {props.searchProblem && (
        <p id="search-problem" role="alert" className="basis-full text-sm text-danger">
          {words.searchProblem}
        </p>
      )}
    </div>
  );
}

const FILTERS = ['all', 'public', 'private'] as const;

function VisibilityFilter({
  value,
  onChange,
}: {
  readonly value: Visibility | undefined;
  readonly onChange: (visibility: Visibility | undefined) => void;
}) {
  const words = texts.images;
  return (
    <Segments
      label={words.filter}
      choices={FILTERS.map((choice) => ({
        value: choice,
        label: (
          <>
            {choice === 'private' && <LockIcon className="size-3.5" />}
            {words.filters[choice]}
          </>
        ),
      }))}
      value={value ?? 'all'}
      onChange={(choice) => onChange(choice === 'all' ? undefined : choice)}
    />
  );
}
