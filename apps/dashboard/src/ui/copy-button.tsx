import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ApiError } from '../api/errors.js';
import { texts } from '../texts/index.js';
import { Button, type ButtonProps } from './button.js';
import { cx } from './class-names.js';
import { explainShortly } from './explain-error.js';
import { CheckIcon, CopyIcon } from './icons.js';

const SHOWN_MS = 2000;

export interface CopyButtonProps extends Omit<ButtonProps, 'onClick' | 'children'> {
  /** The text, or what fetches it. */
  readonly text: string | (() => Promise<string>);
  /** What is copied, for people who do not see where the button stands. */
  readonly of: string;
}

/** Copies a text and says so. */
export function CopyButton({ text, of, className, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = useMutation({
    mutationFn: () =>
      typeof text === 'string' ? navigator.clipboard.writeText(text) : later(text),
    onSuccess: () => setCopied(true),
  });
  return (
    <span
      className={cx('relative flex flex-wrap items-center justify-end gap-x-2 gap-y-1', className)}
    >
      <Button
        size="sm"
        {...rest}
        busy={copy.isPending}
        onClick={() => copy.mutate()}
        aria-label={`${texts.common.copy} ${of}`}
      >
        {copied ? <CheckIcon className="size-4 text-ok" /> : <CopyIcon />}
        <span aria-live="polite">{copied ? texts.common.copied : texts.common.copy}</span>
      </Button>
      {/* Here rather than as a toast: a modal dialog would hide that. */}
      <span role="status" className={copy.error ? 'max-w-72 text-sm text-danger' : 'sr-only'}>
        {copy.error && reasonOf(copy.error)}
      </span>
    </span>
  );
}

/** The browser is told at once, while the click counts, and gets the text when it is there. */
async function later(fetchText: () => Promise<string>): Promise<void> {
  const fetching = fetchText();
  const type = 'text/plain';
  const blob = fetching.then((text) => new Blob([text], { type }));
  const writing = navigator.clipboard.write([new ClipboardItem({ [type]: blob })]);
  // Of two failures that of the request says more.
  await Promise.allSettled([fetching, writing]);
  await fetching;
  await writing;
}

function reasonOf(error: unknown): string {
  // No permission, or a page that was not opened over https or localhost.
  if (!(error instanceof ApiError)) return texts.common.copyFailed;
  return explainShortly(error);
}
