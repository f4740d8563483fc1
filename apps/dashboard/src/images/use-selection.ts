import { useCallback, useMemo, useRef, useState } from 'react';
import type { ListedImage } from '../api/images.js';

export interface Selection {
  readonly keys: ReadonlySet<string>;
  toggle(key: string): void;
  /** Selects everything between the last toggled image and this one. */
  extendTo(key: string): void;
  set(keys: Iterable<string>): void;
  clear(): void;
}

const NONE: ReadonlySet<string> = new Set();

/** The selected images. An image that leaves the list leaves the selection. */
export function useSelection(images: readonly ListedImage[]): Selection {
  const [keys, setKeys] = useState(NONE);
  const anchor = useRef<string | null>(null);
  const list = useRef(images);
  list.current = images;

  const set = useCallback((next: Iterable<string>) => setKeys(new Set(next)), []);
  const clear = useCallback(() => {
    anchor.current = null;
    setKeys(NONE);
  }, []);
  const toggle = useCallback((key: string) => {
    anchor.current = key;
    setKeys((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const extendTo = useCallback((key: string) => {
    const between = range(list.current, anchor.current ?? key, key);
    anchor.current ??= key;
    setKeys((before) => new Set([...before, ...between]));
  }, []);

  const present = useMemo(() => {
    if (keys.size === 0) return keys;
    const found = images.filter((image) => keys.has(image.key));
    return found.length === keys.size ? keys : new Set(found.map((image) => image.key));
  }, [images, keys]);
  return useMemo(
    () => ({ keys: present, toggle, extendTo, set, clear }),
    [present, toggle, extendTo, set, clear],
  );
}

/** Keys between two images, both included, in either order. */
export function range(images: readonly ListedImage[], from: string, to: string): readonly string[] {
  const [start, end] = [from, to].map((key) => images.findIndex((image) => image.key === key));
  if (start === undefined || end === undefined || end < 0) return [];
  if (start < 0) return [to];
  return images.slice(Math.min(start, end), Math.max(start, end) + 1).map(({ key }) => key);
}
