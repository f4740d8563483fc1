import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createPasswords } from './auth.js';

const PASSWORD = 'a password of twelve and more';

it('tells the right password from a wrong one', async () => {
  const { hash, verify } = createPasswords();
  const kept = await hash(PASSWORD);
  expect(kept).not.toContain(PASSWORD);
  expect(await verify({ hash: kept, password: PASSWORD })).toBe(true);
  expect(await verify({ hash: kept, password: `${PASSWORD}!` })).toBe(false);
});

it('does not block file reads during many sign-ins', async () => {
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
  // With all threads busy, the read would end after nearly all passwords.
  expect(ended.indexOf('file')).toBeLessThan(8);
  expect(ended).toHaveLength(17);
});
