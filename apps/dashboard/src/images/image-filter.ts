import type { ImageFilter } from '../api/images.js';
import { readSearch } from './image-facts.js';

/** The filter in the page's address. The router reads digits as a number: a name may be one. */
export function readImageFilter(search: Readonly<Record<string, unknown>>): ImageFilter {
  const { q: text, visibility } = search;
  const q = typeof text === 'string' || typeof text === 'number' ? readSearch(String(text)) : null;
  return {
    ...(q ? { q } : {}),
    ...(visibility === 'public' || visibility === 'private' ? { visibility } : {}),
  };
}
