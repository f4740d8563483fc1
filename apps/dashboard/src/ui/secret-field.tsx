import { useMutation } from '@tanstack/react-query';
import { EyeIcon, EyeOffIcon } from 'lucide-react';
import { useState } from 'react';
import { Button } from './button.js';
import { CopyButton } from './copy-button.js';
import { ErrorNotice } from './notice.js';

export interface SecretFieldProps {
  /** The secret, or a function that fetches it when it is to be shown or copied. */
  readonly secret: string | (() => Promise<string>);
  /** Such as "Serve secret". */
  readonly label: string;
  /** The first characters of the secret; shown before the dots. */
  readonly prefix: string;
  /** Shows the secret at once. */
  readonly revealed?: boolean;
}

/** Shows a secret as dots until it is revealed. It can be copied without being revealed. */
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
          aria-label={shown ? label : `${label}, hidden`}
          className="flex min-h-9 min-w-0 flex-1 basis-64 items-center rounded-md border border-line bg-sunken px-3 py-1.5 font-mono text-sm break-all"
        >
          {shown ? known : `${prefix}${'•'.repeat(20)}`}
        </output>
        <div className="flex gap-2">
          <Button
            busy={fetched.isPending}
            onClick={toggle}
            aria-label={`${open ? 'Hide' : 'Show'} ${label}`}
          >
            {open ? <EyeOffIcon /> : <EyeIcon />}
            {open ? 'Hide' : 'Show'}
          </Button>
          <CopyButton size="md" text={secret} of={label} />
        </div>
      </div>
      <ErrorNotice error={fetched.error} />
    </div>
  );
}
