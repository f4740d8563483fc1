'use client';

import { type DragEvent, useRef, useState } from 'react';

export interface DropProps {
  readonly onDragEnter: (event: DragEvent) => void;
  readonly onDragOver: (event: DragEvent) => void;
  readonly onDragLeave: (event: DragEvent) => void;
  readonly onDrop: (event: DragEvent) => void;
}

/** Files that are dropped onto an element; anything else that is dragged passes by. */
export function useDrop(add: (files: Iterable<File>) => void, active: boolean) {
  const [isDragging, setDragging] = useState(false);
  // Enter and leave are told of every element inside, too.
  const depth = useRef(0);
  // Taken from the browser even where they are refused: it would leave the page to show them.
  const take = (event: DragEvent) => {
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
      if (take(event)) count(1);
    },
    onDragOver: (event) => {
      if (take(event)) event.dataTransfer.dropEffect = active ? 'copy' : 'none';
    },
    onDragLeave: (event) => {
      if (take(event)) count(-1);
    },
    onDrop: (event) => {
      if (!take(event)) return;
      count(-depth.current);
      if (active) add([...event.dataTransfer.files]);
    },
  };
  return { isDragging: active && isDragging, dropProps };
}
