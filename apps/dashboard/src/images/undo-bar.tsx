import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { formatCount } from '../ui/format.js';
import { UNDO_MS } from './pending-deletes.js';

/** Takes a deletion back, as long as it has not begun. */
export function UndoBar({
  count,
  onUndo,
}: {
  readonly count: number;
  readonly onUndo: () => void;
}) {
  const words = texts.images.undo;
  if (count === 0) return null;
  return (
    <div className="relative flex items-center justify-between gap-4 overflow-hidden rounded-md border border-edge bg-surface py-1.5 pr-1.5 pl-3.5 shadow-pop">
      <p role="status">{count === 1 ? words.one : words.many(formatCount(count))}</p>
      <Button onClick={onUndo}>{words.action}</Button>
      <span
        aria-hidden="true"
        className="absolute inset-x-0 bottom-0 h-0.5 origin-left animate-[run-out_linear_forwards] bg-accent"
        style={{ animationDuration: `${UNDO_MS}ms` }}
      />
    </div>
  );
}
