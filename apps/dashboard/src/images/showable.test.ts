import { expect, it } from 'vitest';
import { isShowable, showableUrl } from './showable.js';

const URL = 'https://cdn.example/my-app/abc123xyz0-photo.heic';

it('an address of a file that browsers cannot show asks for a format that they can', () => {
  const hidden = { url: URL, displayUrl: `${URL}?fmt=auto` };
  expect(isShowable(hidden)).toBe(false);
  expect(showableUrl(hidden, `${URL}?token=a.b`)).toBe(`${URL}?token=a.b&fmt=auto`);
  const shown = { url: URL, displayUrl: URL };
  expect(isShowable(shown)).toBe(true);
  expect(showableUrl(shown, `${URL}?token=a.b`)).toBe(`${URL}?token=a.b`);
});
