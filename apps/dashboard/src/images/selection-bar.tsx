import { useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { LockIcon, LockOpenIcon, Trash2Icon, XIcon } from 'lucide-react';
import { useRef, useState } from 'react';
import { isSignedOut } from '../api/errors.js';
import { setVisibility } from '../api/images.js';
import { sessionState } from '../api/session-state.js';
import type { Visibility } from '../api/types.js';
import { Button } from '../ui/button.js';
import { ConfirmDialog } from '../ui/dialog.js';
import { formatCount, formatItems } from '../ui/format.js';
import { useRestoreFocus } from '../ui/restore-focus.js';
import { useToast } from '../ui/toasts.js';
import { applyChanges } from './image-lists.js';
import { runMany } from './run-many.js';
import type { Selection } from './use-selection.js';
import { VISIBILITY_CONSEQUENCES } from './visibility-section.js';

/** Actions for the selected images. It replaces the toolbar. */
export function SelectionBar({
  project,
  selection,
  onDelete,
}: {
  readonly project: string;
  readonly selection: Selection;
  readonly onDelete: () => void;
}) {
  const [changingTo, setChangingTo] = useState<Visibility>();
  const bar = useRef<HTMLDivElement>(null);
  useRestoreFocus(bar);
  return (
    <div ref={bar} className="flex flex-wrap items-center gap-2">
      <Button
        variant="quiet"
        className="-ml-3 px-2"
        aria-label="Clear selection"
        onClick={selection.clear}
      >
        <XIcon />
      </Button>
      <p role="status" className="mr-auto font-medium tabular-nums">
        {formatCount(selection.keys.size)} selected
      </p>
      <div className="flex gap-2 max-sm:w-full max-sm:*:grow max-sm:*:gap-1.5 max-sm:*:px-2 max-sm:*:text-sm">
        <Button onClick={() => setChangingTo('private')}>
          <LockIcon />
          Make private
        </Button>
        <Button onClick={() => setChangingTo('public')}>
          <LockOpenIcon />
          Make public
        </Button>
        <Button variant="danger" onClick={onDelete}>
          <Trash2Icon />
          Delete
        </Button>
      </div>
      {changingTo && (
        <VisibilityDialog
          project={project}
          selection={selection}
          visibility={changingTo}
          onClose={() => setChangingTo(undefined)}
        />
      )}
    </div>
  );
}

/** Changes the visibility of all selected images. */
function VisibilityDialog({
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
  const queryClient = useQueryClient();
  const toast = useToast();
  const [finished, setFinished] = useState<number>();
  // The selection when the dialog opened: changed images leave the selection.
  const [keys] = useState(selection.keys);
  // The dialog stays open until all requests have finished, so that nobody overlooks a partial change.
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
    applyChanges(queryClient, project, new Map(done.map((key) => [key, { visibility }])));
    selection.set(failed.keys());
    setFinished(undefined);
    running.current = false;
    if (done.length > 0) {
      const verb = done.length === 1 ? 'is' : 'are';
      toast({ text: `${formatItems(done.length, 'image')} ${verb} now ${visibility}` });
    }
    const [error] = failed.values();
    if (isSignedOut(error)) sessionState.markExpired();
    // Failed images stay selected, so that the same button retries them.
    if (failed.size > 0) throw error;
  };
  return (
    <ConfirmDialog
      title={`Make ${formatItems(keys.size, 'image')} ${visibility}?`}
      action={`Make ${visibility}`}
      danger={visibility === 'public'}
      onConfirm={change}
      onClose={() => {
        if (!running.current) onClose();
      }}
    >
      <p>{VISIBILITY_CONSEQUENCES[visibility]}</p>
      {finished !== undefined && (
        <p role="status" className="pt-2 tabular-nums">
          {formatCount(finished)} of {formatCount(keys.size)} done
        </p>
      )}
    </ConfirmDialog>
  );
}
