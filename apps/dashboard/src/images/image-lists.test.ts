import { describe, expect, it } from 'vitest';
import type { Image, ImagePage } from '../api/types.js';
import { withChanges, withNewest } from './image-lists.js';

const image = (key: string, visibility: Image['visibility'] = 'public'): Image => ({
  url: `https://cdn.example/my-app/${key}`,
  key,
  blurhash: '',
  width: 1,
  height: 1,
  format: 'jpeg',
  masterFormat: 'jpeg',
  size: 1,
  visibility,
  sha256: '',
  version: 1,
  uploadedAt: '2026-11-25T00:00:00.000Z',
  linksRevokedAt: null,
});
const page = (keys: string, cursor: string | null): ImagePage => ({
  images: [...keys].map((key) => image(key)),
  cursor,
});
const list = (...pages: ImagePage[]) => ({
  pages,
  pageParams: pages.map((_, index) => (index === 0 ? null : (pages[index - 1]?.cursor ?? null))),
});
const keysOf = ({ pages }: { pages: readonly ImagePage[] }) =>
  pages.map(({ images }) => images.map(({ key }) => key).join('')).join('|');

describe('withNewest', () => {
  const loaded = list(page('cba', 'a'), page('987', '7'), page('65', null));

  it('puts new images in front and keeps what is below, cursors included', () => {
    const merged = withNewest(loaded, page('edc', 'c'));
    expect(keysOf(merged)).toBe('edcba|987|65');
    expect(merged.pages[0]?.cursor).toBe('a');
  });

  it('drops what is gone from the span of the new page, across pages', () => {
    expect(keysOf(withNewest(loaded, page('cb9', '9')))).toBe('cb987|65');
  });

  it('is the new page alone where both have nothing in common, or nothing is older', () => {
    expect(keysOf(withNewest(loaded, page('zyx', 'x')))).toBe('zyx');
    expect(keysOf(withNewest(loaded, page('b', null)))).toBe('b');
    expect(keysOf(withNewest(loaded, page('', null)))).toBe('');
  });
});

describe('withChanges', () => {
  const loaded = list(page('cba', 'a'), page('98', null));

  it('changes and removes images on any page', () => {
    const changes = new Map([
      ['b', { visibility: 'private' as const }],
      ['9', null],
    ]);
    const after = withChanges(loaded, changes, {});
    expect(keysOf(after)).toBe('cba|8');
    expect(after.pages[0]?.images[1]?.visibility).toBe('private');
  });

  it('takes an image out of a list whose filter it no longer passes', () => {
    const changes = new Map([['b', { visibility: 'private' as const }]]);
    expect(keysOf(withChanges(loaded, changes, { visibility: 'public' }))).toBe('ca|98');
  });

  it('leaves pages alone that have none of them', () => {
    const after = withChanges(loaded, new Map([['9', null]]), {});
    expect(after.pages[0]).toBe(loaded.pages[0]);
  });
});
