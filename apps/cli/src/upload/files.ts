import { lstat, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MASTER_TYPES } from '@auraimage/protocol';

/** Endings of files that are sent from a folder; the server looks at the bytes alone. */
const IMAGE_ENDINGS = new Set([
  ...Object.values(MASTER_TYPES),
  'jpeg',
  'jpe',
  'jfif',
  'tif',
  'heif',
]);

/** Folders of tools: what lies there was made by others. */
const SKIPPED_FOLDERS = new Set(['node_modules']);

export interface FoundFile {
  /** As it is shown: beneath the path that was given. */
  readonly file: string;
  /** Bytes. */
  readonly size: number;
}

/** A path that was given and cannot be sent. */
interface PathProblem {
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
 * Looks through files and folders, in the order of names. A file that was named itself is taken
 * whatever its ending; from folders only images are, unless `all` is set. Names that begin with a
 * point and `node_modules` are left out.
 */
export async function findFiles(
  paths: readonly string[],
  cwd: string,
  all: boolean,
): Promise<Found> {
  const files = new Map<string, FoundFile>();
  const problems: PathProblem[] = [];
  let links = 0;

  const visitFolder = async (folder: string): Promise<void> => {
    const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.name.startsWith('.')) continue;
      if (entry.isSymbolicLink()) links++;
      else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name))
        await attempt(path, visitFolder);
      else if (entry.isFile() && (all || isImage(entry.name))) await attempt(path, visitFile);
    }
  };
  const visitFile = async (path: string): Promise<void> => {
    const { size } = await lstat(resolve(cwd, path));
    files.set(path, { file: path, size });
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
      if (facts.isDirectory()) await visitFolder(path);
      else if (facts.isFile()) await visitFile(path);
      else problems.push(notAFile(path, facts.isSymbolicLink()));
    });
  }
  return { files: [...files.values()], problems, links };
}

function isImage(name: string): boolean {
  return IMAGE_ENDINGS.has(name.split('.').at(-1)?.toLowerCase() ?? '');
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
