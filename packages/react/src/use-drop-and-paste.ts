'use client';

import { type DragEvent, useEffect, useRef, useState } from 'react';

type AddFiles = (files: Iterable<File>) => void;

export interface DropProps {
  readonly onDragEnter: (event: DragEvent) => void;
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragLeave: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
}

/** Takes files that are dropped onto an element. Anything else that is dragged is ignored. */
export function useDrop(add: AddFiles, active: boolean) {
  const [isDragging, setDragging] = useState(false);
  // Elements inside the drop zone fire enter and leave events of their own.
  const depth = useRef(0);
  // An inactive zone prevents the default too: the browser would leave the page to open the file.
  const accept = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return false;
    event.preventDefault();
    return true;
  };
  const count = (change: number) => {
    depth.current = Math.max(0, depth.current + change);
    setDragging(depth.current > 0);
  };
  const dropProps: DropProps = {
    onDragEnter: (event) => {
      if (accept(event)) count(1);
    },
    onDragOver: (event) => {
      if (accept(event)) event.dataTransfer.dropEffect = active ? 'copy' : 'none';
    },
    onDragLeave: (event) => {
      if (accept(event)) count(-1);
    },
    onDrop: (event) => {
      if (!accept(event)) return;
      count(-depth.current);
      if (active) add([...event.dataTransfer.files]);
    },
  };
  return { isDragging: active && isDragging, dropProps };
}

/**
 * Takes files that are pasted anywhere on the page, except into a text field. With several uploaders
 * on a page, the first one takes them.
 */
export function usePaste(add: AddFiles, active: boolean): void {
  const latest = useRef(add);
  useEffect(() => {
    latest.current = add;
  });
  useEffect(() => {
    if (!active) return;
    const onPaste = (event: ClipboardEvent) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0 || event.defaultPrevented || isTextField(event.target)) return;
      event.preventDefault();
      latest.current(files);
    };
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, [active]);
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, [contenteditable]') !== null;
}
