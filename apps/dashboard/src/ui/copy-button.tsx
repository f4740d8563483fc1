import { ApiError } from '@auraimage/client';
import { useMutation } from '@tanstack/react-query';
import { CheckIcon, CopyIcon } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button, type ButtonProps } from './button.js';
import { cn } from './cn.js';
import { explainInOneLine } from './explain-error.js';

const SHOWN_MS = 2000;

export interface CopyButtonProps extends Omit<ButtonProps, 'onClick' | 'children'> {
  /** The text, or a function that fetches it. */
  readonly text: string | (() => Promise<string>);
  /** Names the text for screen readers, such as "Serve secret". */
  readonly of: string;
}

/** Copies a text to the clipboard and confirms it. */
export function CopyButton({ text, of, className, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = useMutation({
    mutationFn: () =>
      typeof text === 'string' ? navigator.clipboard.writeText(text) : fetchAndCopy(text),
    onSuccess: () => setCopied(true),
  });
  return (
    <span
      className={cn('relative flex flex-wrap items-center justify-end gap-x-2 gap-y-1', className)}
    >
      <Button
        size="sm"
        {...rest}
        busy={copy.isPending}
        onClick={() => copy.mutate()}
        aria-label={`Copy ${of}`}
      >
        {copied ? <CheckIcon className="text-ok" /> : <CopyIcon />}
        <span aria-live="polite">{copied ? 'Copied' : 'Copy'}</span>
      </Button>
      {/* Not a toast: a modal dialog would cover it. */}
      <span role="status" className={copy.error ? 'max-w-72 text-sm text-danger' : 'sr-only'}>
        {copy.error && reasonOf(copy.error)}
      </span>
    </span>
  );
}

/**
 * Starts the clipboard write before the text has arrived: browsers allow it only during the click.
 */
async function fetchAndCopy(fetchText: () => Promise<string>): Promise<void> {
  const fetching = fetchText();
  const type = 'text/plain';
  const blob = fetching.then((text) => new Blob([text], { type }));
  const writing = navigator.clipboard.write([new ClipboardItem({ [type]: blob })]);
  // If both fail, the error of the request is the useful one.
  await Promise.allSettled([fetching, writing]);
  await fetching;
  await writing;
}

function reasonOf(error: unknown): string {
  if (error instanceof ApiError) return explainInOneLine(error);
  // The permission was denied, or the page was opened over plain http.
  return 'The browser did not allow copying. Select the text and copy it yourself.';
}
