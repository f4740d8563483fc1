import { useEffect, useRef, useState } from 'react';

/**
 * Calls back with files that are dropped on the page, or pasted outside of text fields.
 *
 * @returns whether files are being dragged over the page
 */
export function useFiles(onFiles: (files: readonly File[]) => void, active: boolean): boolean {
  const [isDragging, setDragging] = useState(false);
  const latest = useRef(onFiles);
  useEffect(() => {
    latest.current = onFiles;
  });
  useEffect(() => {
    // dragenter and dragleave fire for every element on the page.
    let depth = 0;
    const count = (change: number) => {
      depth = Math.max(0, depth + change);
      setDragging(active && depth > 0);
    };
    const accept = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return false;
      // Otherwise the browser opens the dropped file instead of the page.
      event.preventDefault();
      return true;
    };
    const deliver = (files: FileList | undefined) => {
      const list = [...(files ?? [])];
      if (active && list.length > 0) latest.current(list);
    };
    const handlers = {
      dragenter: (event: DragEvent) => accept(event) && count(1),
      dragover: (event: DragEvent) => {
        if (accept(event) && event.dataTransfer) {
          event.dataTransfer.dropEffect = active ? 'copy' : 'none';
        }
      },
      dragleave: (event: DragEvent) => accept(event) && count(-1),
      drop: (event: DragEvent) => {
        if (!accept(event)) return;
        count(-depth);
        deliver(event.dataTransfer?.files);
      },
      paste: (event: ClipboardEvent) => {
        const { target, clipboardData } = event;
        const isText = target instanceof Element && target.closest('input, textarea');
        if (!isText && clipboardData?.types.includes('Files')) deliver(clipboardData.files);
      },
    };
    const leaving = new AbortController();
    for (const [name, handler] of Object.entries(handlers)) {
      document.addEventListener(name, handler as EventListener, { signal: leaving.signal });
    }
    return () => leaving.abort();
  }, [active]);
  return isDragging;
}
