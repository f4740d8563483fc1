import { useState } from 'react';
import { texts } from '../texts/index.js';
import { Button } from './button.js';
import { CopyButton } from './copy-button.js';
import { EyeIcon, EyeOffIcon } from './icons.js';

export interface SecretFieldProps {
  readonly secret: string;
  /** What it is, such as "Serve secret". */
  readonly label: string;
  /** Shown from the start, where it is shown this once. */
  readonly revealed?: boolean;
}

/** A secret that is dots until someone asks for it. Copying does not need to show it. */
export function SecretField({ secret, label, revealed = false }: SecretFieldProps) {
  const [shown, setShown] = useState(revealed);
  const prefix = /^[a-z]+_[a-z]+_/.exec(secret)?.[0] ?? '';
  return (
    <div className="flex flex-wrap items-stretch gap-2">
      <output
        aria-label={shown ? label : `${label}, ${texts.common.hidden}`}
        className="flex min-h-9 min-w-0 flex-1 basis-64 items-center rounded-md border border-line bg-sunken px-3 py-1.5 font-mono text-sm break-all"
      >
        {shown ? secret : `${prefix}${'•'.repeat(20)}`}
      </output>
      <div className="flex gap-2">
        <Button
          onClick={() => setShown(!shown)}
          aria-label={`${shown ? texts.common.hide : texts.common.reveal} ${label}`}
        >
          {shown ? <EyeOffIcon /> : <EyeIcon />}
          {shown ? texts.common.hide : texts.common.reveal}
        </Button>
        <CopyButton size="md" text={secret} of={label} />
      </div>
    </div>
  );
}
