import { useEffect, useState } from 'react';
import { texts } from '../texts/index.js';
import { Button, type ButtonProps } from './button.js';
import { CheckIcon, CopyIcon } from './icons.js';
import { useToast } from './toasts.js';

const SHOWN_MS = 2000;

export interface CopyButtonProps extends Omit<ButtonProps, 'onClick' | 'children'> {
  readonly text: string;
  /** What is copied, for people who do not see where the button stands. */
  readonly of: string;
}

/** Copies a text and says so. */
export function CopyButton({ text, of, ...rest }: CopyButtonProps) {
  const [copied, setCopied] = useState(false);
  const toast = useToast();
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No permission, or a page that was not opened over https or localhost.
      toast({ tone: 'danger', text: texts.common.copyFailed });
    }
  };
  return (
    <Button size="sm" {...rest} onClick={copy} aria-label={`${texts.common.copy} ${of}`}>
      {copied ? <CheckIcon className="size-4 text-ok" /> : <CopyIcon />}
      <span aria-live="polite">{copied ? texts.common.copied : texts.common.copy}</span>
    </Button>
  );
}
