import { describe, expect, it } from 'vitest';
import { parseImage } from './targets.js';

const KEY = 'abc123xyz0-photo.jpg';
const settings = {
  apiUrl: 'https://api.example',
  cdnUrl: 'https://cdn.example/images',
  webUrl: 'https://api.example',
};

describe('parseImage', () => {
  it.each([
    [KEY, { key: KEY }],
    [`my-app/${KEY}`, { project: 'my-app', key: KEY }],
    [`https://cdn.example/images/my-app/${KEY}`, { project: 'my-app', key: KEY }],
    [`https://cdn.example/images/my-app/${KEY}?token=a.b&w=4`, { project: 'my-app', key: KEY }],
    [`https://api.example/my-app/${KEY}`, { project: 'my-app', key: KEY }],
    ['users/42/avatar', { key: 'users/42/avatar' }],
    ['https://api.example/my-app/A/b', { project: 'my-app', key: 'A/b' }],
    [
      'https://api.example/my-app/card/a/b',
      { project: 'my-app', key: 'card/a/b', throughPreset: { name: 'card', key: 'a/b' } },
    ],
    ['https://api.example/my-app/w=40/a/b.webp?w=4', { project: 'my-app', key: 'a/b' }],
  ])('reads %s', (text, image) => expect(parseImage(text, settings)).toEqual(image));

  it.each([
    '',
    'photo.jpg',
    `a/b/${KEY}`,
    `My/${KEY}`,
    `v1/${KEY}`,
    `../${KEY}`,
    `my-app/${KEY}/`,
    'w=4',
  ])('refuses %j', (text) => expect(() => parseImage(text, settings)).toThrow('is not an image'));

  it.each([
    `https://other.example/my-app/${KEY}`,
    `http://cdn.example/images/my-app/${KEY}`,
    `https://cdn.example.evil.example/images/my-app/${KEY}`,
    `https://cdn.example/my-app/${KEY}`,
  ])('rejects %s of another deployment', (text) => {
    expect(() => parseImage(text, settings)).toThrow('is not the server that aura works with');
  });

  it('shows no token and no escape sequence of a rejected text', () => {
    const token = 'eyJ.never-to-be-shown';
    expect(() => parseImage(`https://api.example/x?token=${token}`, settings)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(token) }),
    );
    expect(() => parseImage('\u001b[2Jx', settings)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('\u001b') }),
    );
  });
});
