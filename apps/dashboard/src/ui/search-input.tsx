import { SearchIcon } from 'lucide-react';
import { cn } from './cn.js';
import { Input } from './field.js';

interface SearchInputProps {
  /** What is searched. It is shown while the field is empty. */
  readonly label: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly className?: string;
}

/** A field for a part of a name, of at most 64 characters. */
export function SearchInput({ label, value, onChange, className }: SearchInputProps) {
  return (
    <div className={cn('relative', className)}>
      <SearchIcon className="pointer-events-none absolute top-2.5 left-2.5 text-muted" />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        className="pl-8"
        maxLength={64}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
