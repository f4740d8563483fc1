import { useState } from 'react';
import type { Visibility } from '../api/types.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { Choices } from '../ui/choices.js';
import { Dialog, DialogActions } from '../ui/dialog.js';
import { formatBytes, formatCount } from '../ui/format.js';

const NAMED = 3;
const VISIBILITIES: readonly Visibility[] = ['private', 'public'];

/** What was chosen the last time; at first the one that can be undone. */
let lastChoice: Visibility = 'private';

/** Asks how files shall be uploaded, before any of them leaves the machine. */
export function UploadDialog({
  files,
  onStart,
  onClose,
}: {
  readonly files: readonly File[];
  readonly onStart: (visibility: Visibility) => void;
  readonly onClose: () => void;
}) {
  const words = texts.uploads;
  const [visibility, setVisibility] = useState(lastChoice);
  const size = formatBytes(files.reduce((sum, file) => sum + file.size, 0));
  const count = formatCount(files.length);
  const more = files.length - NAMED;
  return (
    <Dialog title={files.length === 1 ? words.titleOne : words.title(count)} onClose={onClose}>
      <ul className="grid text-sm text-muted">
        {files.slice(0, NAMED).map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two files may have one name
          <li key={index} className="truncate">
            {file.name}
          </li>
        ))}
        <li className="tabular-nums">
          {more > 0 && `${words.more(formatCount(more))} · `}
          {size}
        </li>
      </ul>
      <Choices
        label={words.visibility}
        choices={VISIBILITIES.map((value) => ({ value, ...words.visibilities[value] }))}
        value={visibility}
        onChange={setVisibility}
      />
      <DialogActions>
        <Button onClick={onClose}>{texts.common.cancel}</Button>
        <Button
          variant="primary"
          data-autofocus
          onClick={() => {
            lastChoice = visibility;
            onStart(visibility);
          }}
        >
          {words.start[visibility]}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
