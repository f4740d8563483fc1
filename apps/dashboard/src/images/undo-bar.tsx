import { useEffect, useRef, useState } from 'react';
import { texts } from '../texts/index.js';
import { Button } from '../ui/button.js';
import { cx } from '../ui/class-names.js';
import { useFocusLeft } from '../ui/focus-left.js';
import { formatCount } from '../ui/format.js';
import { type PendingDeletes, UNDO_MS } from './pending-deletes.js';

/** Takes a deletion back, as long as it has not begun. Its time stands still under hover or focus. */
export function UndoBar({
  waiting,
  store,
}: {
  readonly waiting: ReadonlySet<string>;
  readonly store: PendingDeletes;
}) {
  const count = waiting.size;
  const [first] = waiting;
  const words = texts.images.undo;
  const bar = useRef<HTMLDivElement>(null);
  useFocusLeft(bar);
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const held = hovered || focused;
  useEffect(() => {
    if (!held) return;
    store.pause();
    return () => store.resume();
  }, [held, store]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes that somebody is at it
    <div
      ref={bar}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={() => setFocused(true)}
      onBlur={() => setFocused(false)}
      className="relative flex items-center justify-between gap-4 overflow-hidden rounded-md border border-edge bg-surface py-1.5 pr-1.5 pl-3.5 shadow-pop"
    >
      <p role="status">{count === 1 ? words.one : words.many(formatCount(count))}</p>
      <Button onClick={store.undo}>{words.action}</Button>
      <span
        key={first} // another deletion has all of its time
        aria-hidden="true"
        className={cx(
          'absolute inset-x-0 bottom-0 h-0.5 origin-left animate-[run-out_linear_forwards] bg-accent',
          held && '[animation-play-state:paused]',
        )}
        style={{ animationDuration: `${UNDO_MS}ms` }}
      />
    </div>
  );
}
