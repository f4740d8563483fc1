import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { formatItems } from '../ui/format.js';
import { useRestoreFocus } from '../ui/restore-focus.js';
import { type PendingDeletes, UNDO_MS } from './pending-deletes.js';

/** Undoes a pending deletion. The timer stops while the bar has the pointer or the focus. */
export function UndoBar({
  waiting,
  store,
}: {
  readonly waiting: ReadonlySet<string>;
  readonly store: PendingDeletes;
}) {
  const [first] = waiting;
  const bar = useRef<HTMLDivElement>(null);
  useRestoreFocus(bar);
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const paused = hovered || focused;
  useEffect(() => {
    if (!paused) return;
    store.pause();
    return () => store.resume();
  }, [paused, store]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only observes pointer and focus
    <div
      ref={bar}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      className="relative flex items-center justify-between gap-4 overflow-hidden rounded-md border border-edge bg-surface py-1.5 pr-1.5 pl-3.5 shadow-pop"
    >
      <p role="status">{formatItems(waiting.size, 'image')} will be deleted</p>
      <Button onClick={store.undo}>Undo</Button>
      <span
        key={first} // restarts the animation for another deletion
        aria-hidden="true"
        className={cn(
          'absolute inset-x-0 bottom-0 h-0.5 origin-left animate-[run-out_linear_forwards] bg-accent',
          paused && '[animation-play-state:paused]',
        )}
        style={{ animationDuration: `${UNDO_MS}ms` }}
      />
    </div>
  );
}
