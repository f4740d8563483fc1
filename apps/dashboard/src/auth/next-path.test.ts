import { describe, expect, it } from 'vitest';
import { safeNextPath } from './next-path.js';

describe('safeNextPath', () => {
  it.each([
    '/dashboard',
    '/dashboard/projects/my-app/settings',
    '/dashboard/projects/my-app?q=cat&visibility=private#top',
    '/device?code=ABCD-EFGH',
  ])('keeps %s', (path) => {
    expect(safeNextPath(path)).toBe(path);
  });

  it.each([
    ['another site', 'https://evil.example/dashboard'],
    ['another site without a scheme', '//evil.example/dashboard'],
    ['another site behind a backslash', '/\\evil.example/dashboard'],
    ['another site behind a tab', '/\t/evil.example/dashboard'],
    ['a script', 'javascript:alert(1)'],
    ['an image of this server, which is none of our pages', '/my-app/abc-photo.jpg'],
    ['a page that only begins like ours', '/dashboardish'],
    ['a way out by dots', '/dashboard/../my-app/abc.jpg'],
    ['the way in itself, which would go round in circles', '/dashboard/sign-in?next=/dashboard'],
    ['a relative path', 'dashboard'],
    ['nothing', undefined],
    ['a list', ['/dashboard/account']],
    ['a text without end', `/dashboard/${'a'.repeat(3000)}`],
  ])('goes home for %s', (_what, next) => {
    expect(safeNextPath(next)).toBe('/dashboard');
  });
});
