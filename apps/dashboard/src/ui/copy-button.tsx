import { useEffect, useState } from 'react';
import { texts } from '../texts/index.js';
import { Button, type ButtonProps } from './button.js';
import { cx } from './class-names.js';
import { CheckIcon, CopyIcon } from './icons.js';

const SHOWN_MS = 2000;

export interface CopyButtonProps extends Omit<ButtonProps, 'onClick' | 'children'> {
  readonly text: string;
  /** What is copied, for people who do not see where the button stands. */
  readonly of: string;
}

/** Copies a text and says so. */
export function CopyButton({ text, of, className, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    // Said anew when it fails anew.
    setFailed(false);
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No permission, or a page that was not opened over https or localhost.
      setFailed(true);
    }
  };
  return (
    <span
      className={cx('relative flex flex-wrap items-center justify-end gap-x-2 gap-y-1', className)}
    >
      <Button size="sm" {...rest} onClick={copy} aria-label={`${texts.common.copy} ${of}`}>
        {copied ? <CheckIcon className="size-4 text-ok" /> : <CopyIcon />}
        <span aria-live="polite">{copied ? texts.common.copied : texts.common.copy}</span>
      </Button>
      {/* Here rather than as a toast: a modal dialog would hide that. */}
      <span role="status" className={failed ? 'max-w-56 text-sm text-danger' : 'sr-only'}>
        {failed && texts.common.copyFailed}
      </span>
    </span>
  );
}
