import { useState } from 'react';
import type { Visibility } from '../api/types.js';
import { Button } from '../ui/button.js';
import { type Choice, Choices } from '../ui/choices.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { formatBytes, formatCount, formatItems } from '../ui/format.js';

const MAX_NAMES = 3;

const CHOICES: readonly Choice<Visibility>[] = [
  { value: 'private', label: 'Private', hint: 'Opens only with a signed link that expires.' },
  {
    value: 'public',
    label: 'Public',
    hint: 'Anyone with the address can open it. Browsers keep a copy for up to a year.',
  },
];

/** The previous choice. The default is the choice that can be undone. */
let lastChoice: Visibility = 'private';

/** Asks for the visibility of files before anything is uploaded. */
export function UploadDialog({
  files,
  folder,
  onStart,
  onClose,
}: {
  readonly files: readonly File[];
  /** Where they go, such as `users/42/`; empty for none. */
  readonly folder: string;
  readonly onStart: (visibility: Visibility) => void;
  readonly onClose: () => void;
}) {
  const [visibility, setVisibility] = useState(lastChoice);
  const size = formatBytes(files.reduce((sum, file) => sum + file.size, 0));
  const more = files.length - MAX_NAMES;
  return (
    <Dialog
      title={`Upload ${formatItems(files.length, 'image')}`}
      description={
        folder !== '' && (
          <>
            Into the folder <code className="break-all">{folder}</code>
          </>
        )
      }
      onClose={onClose}
    >
      <ul className="grid text-sm text-muted">
        {files.slice(0, MAX_NAMES).map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files can have the same name
          <li key={index} className="truncate">
            {file.name}
          </li>
        ))}
        <li className="tabular-nums">
          {more > 0 && `and ${formatCount(more)} more · `}
          {size}
        </li>
      </ul>
      <Choices label="Visibility" choices={CHOICES} value={visibility} onChange={setVisibility} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          data-autofocus
          onClick={() => {
            lastChoice = visibility;
            onStart(visibility);
          }}
        >
          Upload as {visibility}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
