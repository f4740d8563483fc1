import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { CopyButton } from './copy-button.js';
import { EyeIcon, EyeOffIcon } from './icons.js';
import { ErrorNotice } from './notice.js';

export interface SecretFieldProps {
  /** The secret, or what fetches it when somebody wants to see or copy it. */
  readonly secret: string | (() => Promise<string>);
  /** What it is, such as "Serve secret". */
  readonly label: string;
  /** What it begins with; shown in front of the dots. */
  readonly prefix: string;
  /** Shown from the start, where it is shown this once. */
  readonly revealed?: boolean;
}

/** A secret that is dots until someone asks for it. Copying does not need to show it. */
export function SecretField({ secret, label, prefix, revealed = false }: SecretFieldProps) {
  const [open, setOpen] = useState(revealed);
  const fetched = useMutation({
    mutationFn: async () => (typeof secret === 'string' ? secret : secret()),
    onSuccess: () => setOpen(true),
  });
  const known = typeof secret === 'string' ? secret : fetched.data;
  const shown = open && known !== undefined;
  const toggle = () => {
    if (!open) return fetched.mutate();
    setOpen(false);
    fetched.reset();
  };
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-stretch gap-2">
        <output
          aria-label={shown ? label : `${label}, ${texts.common.hidden}`}
          className="flex min-h-9 min-w-0 flex-1 basis-64 items-center rounded-md border border-line bg-sunken px-3 py-1.5 font-mono text-sm break-all"
        >
          {shown ? known : `${prefix}${'•'.repeat(20)}`}
        </output>
        <div className="flex gap-2">
          <Button
            busy={fetched.isPending}
            onClick={toggle}
            aria-label={`${open ? texts.common.hide : texts.common.reveal} ${label}`}
          >
            {open ? <EyeOffIcon /> : <EyeIcon />}
            {open ? texts.common.hide : texts.common.reveal}
          </Button>
          <CopyButton size="md" text={secret} of={label} />
        </div>
      </div>
      <ErrorNotice error={fetched.error} />
    </div>
  );
}
