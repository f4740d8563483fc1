import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createPasswords } from './passwords.js';

const PASSWORD = 'a password of twelve and more';

it('tells the right password from a wrong one', async () => {
  const { hash, verify } = createPasswords();
  const kept = await hash(PASSWORD);
  expect(kept).not.toContain(PASSWORD);
  expect(await verify({ hash: kept, password: PASSWORD })).toBe(true);
  expect(await verify({ hash: kept, password: `${PASSWORD}!` })).toBe(false);
});

it('leaves threads to those who read files while many sign in', async () => {
  const { hash, verify } = createPasswords();
  const kept = await hash(PASSWORD);
  const ended: string[] = [];
  const many = Array.from({ length: 16 }, async () => {
    await verify({ hash: kept, password: 'wrong' });
    ended.push('password');
  });
  await readFile(new URL(import.meta.url));
  ended.push('file');
  await Promise.all(many);
  // Behind a full queue it would come after nearly all.
  expect(ended.indexOf('file')).toBeLessThan(8);
  expect(ended).toHaveLength(17);
});
