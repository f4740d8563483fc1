import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAllowedFiles } from './allowed-files.js';

let home: string;
let work: string;

beforeAll(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'aura-roots-')));
  work = join(home, 'work');
  const files = [
    '.ssh/id_rsa',
    'secret.png',
    'workshop/a.jpg',
    'work/a.jpg',
    'work/notes.txt',
    'work/.env',
    'work/.cache/b.jpg',
    'work/photos/c.PNG',
    'work/photos/.hidden.jpg',
  ];
  for (const file of files) {
    await mkdir(join(home, file, '..'), { recursive: true });
    await writeFile(join(home, file), 'x');
  }
  await symlink(join(home, 'secret.png'), join(work, 'link.png'));
  await symlink(home, join(work, 'up'));
  await symlink(join(work, 'photos'), join(work, 'inside'));
  await symlink(work, join(home, 'way-in'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function find(...paths: string[]) {
  const allowed = await createAllowedFiles([work]);
  const { files, problems } = await allowed.find(paths);
  return { files: files.map(({ path }) => path), codes: problems.map(({ code }) => code) };
}

describe('what an agent may upload', () => {
  it.each([
    ['an image', 'a.jpg', ['a.jpg']],
    ['a folder', 'photos', ['photos/c.PNG']],
    ['everything here', '.', ['a.jpg', 'photos/c.PNG']],
    ['an image behind a link that stays inside', 'inside/c.PNG', ['photos/c.PNG']],
  ])('%s: %s', async (_what, path, expected) => {
    const { files, codes } = await find(path);
    expect({ files, codes }).toEqual({
      files: expected.map((file) => join(work, file)),
      codes: [],
    });
  });

  it('an image by its absolute path', async () => {
    expect((await find(join(work, 'a.jpg'))).files).toEqual([join(work, 'a.jpg')]);
    const allowed = await createAllowedFiles([join(home, 'way-in')]);
    const { files } = await allowed.find([join(home, 'way-in/a.jpg'), join(work, 'a.jpg')]);
    expect(files.map(({ path }) => path)).toEqual([join(work, 'a.jpg'), join(work, 'a.jpg')]);
  });

  it.each([
    ['a key of the user', '../.ssh/id_rsa', 'path_not_allowed'],
    ['an image above', '../secret.png', 'path_not_allowed'],
    ['an absolute path', '/etc/passwd', 'path_not_allowed'],
    ['a file that does not exist elsewhere', '/no/such/file.png', 'path_not_allowed'],
    ['a folder whose name begins with that of the root', '../workshop/a.jpg', 'path_not_allowed'],
    ['the folder above', '..', 'path_not_allowed'],
    ['a way out and back', '../work/../secret.png', 'path_not_allowed'],
    ['a link to a file outside', 'link.png', 'path_not_allowed'],
    ['a link to a folder outside', 'up/secret.png', 'path_not_allowed'],
    ['a missing file behind such a link', 'up/missing.png', 'path_not_allowed'],
    ['a hidden file', '.env', 'path_not_allowed'],
    ['an image in a hidden folder', '.cache/b.jpg', 'path_not_allowed'],
    ['a hidden image', 'photos/.hidden.jpg', 'path_not_allowed'],
    ['a file that is no image by its name', 'notes.txt', 'type_not_allowed'],
    ['a file that does not exist', 'missing.png', 'file_not_found'],
    ['a path with a zero byte', 'a\0.jpg', 'file_unreadable'],
  ])('not %s: %j', async (_what, path, code) => {
    expect(await find(path)).toEqual({ files: [], codes: [code] });
  });

  it('nothing without a root', async () => {
    const allowed = await createAllowedFiles([]);
    expect(allowed.description).toContain('--root');
    expect(await allowed.find([join(work, 'a.jpg')])).toMatchObject({
      files: [],
      problems: [{ code: 'path_not_allowed' }],
    });
  });
});
