import type { ImageFilter } from '../api/images.js';

/** The readable part of a key: the name of the uploaded file. */
export function givenName(key: string): string {
  return /^[a-z0-9]{10}-(.+)$/.exec(key)?.[1] ?? key;
}

/** Typed text as a search term; `null` if no key can contain it. */
export function parseSearch(text: string): string | null {
  const q = text.trim().toLowerCase().replace(/\s+/g, '-');
  return /^[a-z0-9.-]{0,64}$/.test(q) ? q : null;
}

/** The filter from the page's query string. The router parses digits as a number; a name can be one. */
export function parseImageFilter(search: Readonly<Record<string, unknown>>): ImageFilter {
  const { q: text, visibility } = search;
  const isText = typeof text === 'string' || typeof text === 'number';
  const q = isText ? parseSearch(String(text)) : null;
  return {
    ...(q ? { q } : {}),
    ...(visibility === 'public' || visibility === 'private' ? { visibility } : {}),
  };
}
