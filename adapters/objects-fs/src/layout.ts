import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const ID = /^[0-9a-f]{32}$/;

/** Where everything lies under the root. */
export interface Layout {
  readonly temporary: string;
  readonly objects: string;
  /** File being written. */
  draftPath(id: string): string;
  /** Two levels of folders spread the objects: 65,536 leaves. */
  objectFolder(id: string): string;
  objectPath(id: string): string;
}

export function createLayout(root: string): Layout {
  const temporary = join(root, 'tmp');
  const objects = join(root, 'objects');
  const objectFolder = (id: string) => join(objects, id.slice(0, 2), id.slice(2, 4));
  return {
    temporary,
    objects,
    draftPath: (id) => join(temporary, id),
    objectFolder,
    objectPath: (id) => join(objectFolder(id), id),
  };
}

/** 128 random bits: never used twice. */
export function makeId(): string {
  return randomBytes(16).toString('hex');
}

/** An id is never a path: anything else names no object. */
export function isId(id: string): boolean {
  return ID.test(id);
}
