import { lstat, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { MASTER_TYPES } from '@auraimage/protocol';

/** Extensions of files that are taken from folders. The server judges by the bytes alone. */
const IMAGE_EXTENSIONS = new Set([
  ...Object.values(MASTER_TYPES),
  'jpeg',
  'jpe',
  'jfif',
  'tif',
  'heif',
]);

/** Dependencies: their images are not the person's. */
const SKIPPED_FOLDERS = new Set(['node_modules']);

export interface FoundFile {
  /** The path as it is shown: the given one, with what is below it. */
  readonly file: string;
  /** The absolute path. */
  readonly path: string;
  /** The path below the given folder, with slashes; the name of a file that was given itself. */
  readonly below: string;
  /** Bytes. */
  readonly size: number;
}

/** A given path that cannot be uploaded. */
export interface PathProblem {
  readonly file: string;
  readonly code: string;
  readonly message: string;
}

export interface Found {
  readonly files: readonly FoundFile[];
  readonly problems: readonly PathProblem[];
  /** Symbolic links in folders, none of which was followed. */
  readonly links: number;
}

/**
 * Finds files in the given files and folders, in the order of names. A file that is given itself is taken
 * whatever its extension; folders are searched for images, or for every file if `all` is set. Names that
 * begin with a dot and `node_modules` are skipped.
 */
export async function findFiles(
  paths: readonly string[],
  cwd: string,
  all: boolean,
): Promise<Found> {
  const files = new Map<string, FoundFile>();
  const problems: PathProblem[] = [];
  let links = 0;

  const visitFolder = async (folder: string, root: string): Promise<void> => {
    const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isSymbolicLink()) links++;
      else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
        await attempt(path, (each) => visitFolder(each, root));
      else if (entry.isFile() && (all || isImage(entry.name))) {
        await attempt(path, (each) => visitFile(each, root));
      }
    }
  };
  const visitFile = async (path: string, root: string): Promise<void> => {
    const absolute = resolve(cwd, path);
    const { size } = await lstat(absolute);
    const below = relative(resolve(cwd, root), absolute).split(sep).join('/');
    files.set(path, { file: path, path: absolute, below, size });
  };
  const attempt = async (path: string, visit: (path: string) => Promise<void>): Promise<void> => {
    try {
      await visit(path);
    } catch (error) {
      problems.push(problemOf(path, error));
    }
  };

  for (const path of paths) {
    await attempt(path, async () => {
      const facts = await lstat(resolve(cwd, path));
      if (facts.isDirectory()) await visitFolder(path, path);
      else if (facts.isFile()) await visitFile(path, dirname(path));
      else problems.push(notAFile(path, facts.isSymbolicLink()));
    });
  }
  return { files: [...files.values()], problems, links };
}

/** Whether a file's name has the extension of an image. */
export function isImage(name: string): boolean {
  return IMAGE_EXTENSIONS.has(name.split('.').at(-1)?.toLowerCase() ?? '');
}

function notAFile(file: string, isLink: boolean): PathProblem {
  const message = isLink
    ? 'A symbolic link is not followed: give its target'
    : 'This is neither a file nor a folder';
  return { file, code: 'not_a_file', message };
}

function problemOf(file: string, error: unknown): PathProblem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return { file, code: 'file_not_found', message: 'There is no such file' };
  const message = error instanceof Error ? error.message : String(error);
  return { file, code: 'file_unreadable', message };
}
