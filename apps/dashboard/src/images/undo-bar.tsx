import { useEffect, useRef, useState } from 'react';
import { Button } from '../ui/button.js';
import { cn } from '../ui/cn.js';
import { DockItem } from '../ui/dock.js';
import { formatItems } from '../ui/format.js';
import { useRestoreFocus } from '../ui/restore-focus.js';
import { type PendingDeletes, UNDO_MS } from './pending-deletes.js';

interface UndoBarProps {
  readonly waiting: ReadonlySet<string>;
  readonly store: PendingDeletes;
}

/** Undoes a pending deletion, in the dock. The timer stops while the bar has the pointer or the focus. */
export function UndoBar(props: UndoBarProps) {
  return (
    <DockItem>
      <Bar {...props} />
    </DockItem>
  );
}

function Bar({ waiting, store }: UndoBarProps) {
  const [first] = waiting;
  const bar = useRef<HTMLElement>(null);
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
    <section
      ref={bar}
      aria-label="Deletion"
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      className="relative flex items-center justify-between gap-4 overflow-hidden rounded-md border border-edge bg-surface py-1 pr-1 pl-3.5 text-sm max-sm:w-full"
    >
      <p role="status">{formatItems(waiting.size, 'image')} will be deleted</p>
      <Button size="sm" onClick={store.undo}>
        Undo
      </Button>
      <span
        key={first} // restarts the animation for another deletion
        aria-hidden="true"
        className={cn(
          'absolute inset-x-0 bottom-0 h-0.5 origin-left animate-[run-out_linear_forwards] bg-accent',
          paused && '[animation-play-state:paused]',
        )}
        style={{ animationDuration: `${UNDO_MS}ms` }}
      />
    </section>
  );
}
