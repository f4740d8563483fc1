import { expect, it } from 'vitest';
import { isShowable, showableUrl } from './showable.js';

const URL = 'https://cdn.example/my-app/abc123xyz0-photo.heic?token=a.b';

it('an address of a file that browsers cannot show asks for a format that they can', () => {
  for (const format of ['heic', 'tiff', 'jxl']) {
    expect(isShowable({ format })).toBe(false);
    expect(showableUrl({ format }, URL)).toBe(`${URL}&fmt=auto`);
  }
  for (const format of ['jpeg', 'png', 'gif', 'webp', 'avif', 'bmp']) {
    expect(showableUrl({ format }, URL)).toBe(URL);
  }
});
