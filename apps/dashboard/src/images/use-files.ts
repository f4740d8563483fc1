import { useEffect, useRef, useState } from 'react';

/**
 * Files that are dropped anywhere on the page, or pasted anywhere but into a text.
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
    // Enter and leave are told of every element on the page.
    let depth = 0;
    const count = (change: number) => {
      depth = Math.max(0, depth + change);
      setDragging(active && depth > 0);
    };
    const take = (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes('Files')) return false;
      // Else the browser opens a dropped file in the place of the page.
      event.preventDefault();
      return true;
    };
    const give = (files: FileList | undefined) => {
      const list = [...(files ?? [])];
      if (active && list.length > 0) latest.current(list);
    };
    const handlers = {
      dragenter: (event: DragEvent) => take(event) && count(1),
      dragover: (event: DragEvent) => {
        if (take(event) && event.dataTransfer) {
          event.dataTransfer.dropEffect = active ? 'copy' : 'none';
        }
      },
      dragleave: (event: DragEvent) => take(event) && count(-1),
      drop: (event: DragEvent) => {
        if (!take(event)) return;
        count(-depth);
        give(event.dataTransfer?.files);
      },
      paste: (event: ClipboardEvent) => {
        const { target, clipboardData } = event;
        const isText = target instanceof Element && target.closest('input, textarea');
        if (!isText && clipboardData?.types.includes('Files')) give(clipboardData.files);
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
