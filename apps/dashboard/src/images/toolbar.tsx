import type { ReactNode } from 'react';
import type { Visibility } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { cx } from '../ui/class-names.js';
import { Input } from '../ui/field.js';
import { LockIcon, SearchIcon, UploadIcon } from '../ui/icons.js';

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

const FILTERS = [undefined, 'public', 'private'] as const;

function VisibilityFilter({
  value,
  onChange,
}: {
  readonly value: Visibility | undefined;
  readonly onChange: (visibility: Visibility | undefined) => void;
}) {
  const words = texts.images;
  return (
    <fieldset className="flex rounded-md border border-edge bg-surface">
      <legend className="sr-only">{words.filter}</legend>
      {FILTERS.map((choice) => (
        <Segment key={choice ?? 'all'} chosen={choice === value} onChoose={() => onChange(choice)}>
          {choice === 'private' && <LockIcon className="size-3.5" />}
          {words.filters[choice ?? 'all']}
        </Segment>
      ))}
    </fieldset>
  );
}

function Segment({
  chosen,
  onChoose,
  children,
}: {
  readonly chosen: boolean;
  readonly onChoose: () => void;
  readonly children: ReactNode;
}) {
  return (
    <label
      className={cx(
        'relative flex h-[2.125rem] cursor-pointer items-center gap-1.5 px-3 text-sm not-last:border-r not-last:border-line first:rounded-l-md last:rounded-r-md has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent',
        chosen ? 'bg-accent-soft font-medium text-accent-strong' : 'text-muted hover:bg-hover',
      )}
    >
      <input
        type="radio"
        name="visibility-filter"
        checked={chosen}
        onChange={onChoose}
        className="absolute inset-0 cursor-pointer opacity-0"
      />
      {children}
    </label>
  );
}
