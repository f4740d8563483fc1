import { useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { isSignedOut } from '../api/errors.js';
import { setVisibility } from '../api/images.js';
import type { Visibility } from '../api/types.js';
import { sessionGate } from '../shell/session-gate.js';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/confirm-dialog.js';
import { useFocusLeft } from '../ui/focus-left.js';
import { formatCount } from '../ui/format.js';
import { CrossIcon, LockIcon, TrashIcon, UnlockIcon } from '../ui/icons.js';
import { useToast } from '../ui/toasts.js';
import { noteChanges } from './image-lists.js';
import { runMany } from './run-many.js';
import type { Selection } from './use-selection.js';

/** What can be done with the selected images, in the place of the toolbar. */
export function SelectionBar({
  project,
  selection,
  onDelete,
}: {
  readonly project: string;
  readonly selection: Selection;
  readonly onDelete: () => void;
}) {
  const words = texts.images.selection;
  const [asking, setAsking] = useState<Visibility>();
  const count = selection.keys.size;
  const bar = useRef<HTMLDivElement>(null);
  useFocusLeft(bar);
  return (
    <div ref={bar} className="flex flex-wrap items-center gap-2">
      <Button
        variant="quiet"
        className="-ml-3 px-2"
        aria-label={words.clear}
        onClick={selection.clear}
      >
        <CrossIcon />
      </Button>
      <p role="status" className="mr-auto font-medium tabular-nums">
        {words.count(formatCount(count))}
      </p>
      <div className="flex gap-2 max-sm:w-full max-sm:*:grow max-sm:*:gap-1.5 max-sm:*:px-2 max-sm:*:text-sm">
        <Button onClick={() => setAsking('private')}>
          <LockIcon />
          {words.makePrivate}
        </Button>
        <Button onClick={() => setAsking('public')}>
          <UnlockIcon />
          {words.makePublic}
        </Button>
        <Button variant="danger" onClick={onDelete}>
          <TrashIcon />
          {words.delete}
        </Button>
      </div>
      {asking && (
        <ChangeDialog
          project={project}
          selection={selection}
          visibility={asking}
          onClose={() => setAsking(undefined)}
        />
      )}
    </div>
  );
}

function ChangeDialog({
  project,
  selection,
  visibility,
  onClose,
}: {
  readonly project: string;
  readonly selection: Selection;
  readonly visibility: Visibility;
  readonly onClose: () => void;
}) {
  const words = texts.images.selection;
  const queryClient = useQueryClient();
  const toast = useToast();
  const [finished, setFinished] = useState<number>();
  // Those that were selected when this opened: each one that is done leaves the selection.
  const [keys] = useState(selection.keys);
  const total = formatCount(keys.size);
  // Its progress stays in sight until all is done: half of a change is no state to leave unseen.
  const running = useRef(false);
  useBlocker({
    disabled: finished === undefined,
    enableBeforeUnload: finished !== undefined,
    shouldBlockFn: () => false,
  });

  const change = async () => {
    running.current = true;
    setFinished(0);
    const set = (key: string) => setVisibility(project, key, visibility);
    const { done, failed } = await runMany(keys, set, { onProgress: setFinished });
    noteChanges(queryClient, project, new Map(done.map((key) => [key, { visibility }])));
    selection.set(failed.keys());
    setFinished(undefined);
    running.current = false;
    if (done.length > 0) toast({ text: words.changed(formatCount(done.length), visibility) });
    const [error] = failed.values();
    if (isSignedOut(error)) sessionGate.shut();
    // Those that failed stay selected: the same button tries them again.
    if (failed.size > 0) throw error;
  };
  return (
    <ConfirmDialog
      title={words.changeTitle[visibility](total)}
      action={words.changeAction[visibility]}
      danger={visibility === 'public'}
      onConfirm={change}
      onClose={() => {
        if (!running.current) onClose();
      }}
    >
      <p>{texts.image.consequences[visibility]}</p>
      {finished !== undefined && (
        <p role="status" className="pt-2 tabular-nums">
          {words.progress(formatCount(finished), total)}
        </p>
      )}
    </ConfirmDialog>
  );
}
