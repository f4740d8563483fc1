import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
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

/** What a folder has: a file, or something that is no file to upload, with the reason. */
export type FolderEntry =
  | { readonly kind: 'file'; readonly found: FoundFile }
  | ({ readonly kind: 'skipped' | 'unreadable'; readonly below: string } & PathProblem);

interface WalkOptions {
  readonly cwd: string;
  /** Whether a file of this name is taken. */
  readonly wants: (name: string) => boolean;
  /** The path below the folder after which the walk begins: everything up to it is left out. */
  readonly after?: string;
}

/**
 * Goes through a folder and the folders in it, in the order of names. Symbolic links are not followed; names that begin
 * with a dot and `node_modules` are skipped. Only the names of the folders on the way to an entry are in memory.
 *
 * @param folder as it is shown
 */
export async function* walkFolder(
  folder: string,
  { cwd, wants, after }: WalkOptions,
): AsyncGenerator<FolderEntry> {
  yield* visit(folder, '', after === undefined ? [] : after.split('/'));

  async function* visit(
    file: string,
    below: string,
    [from, ...deeper]: readonly string[],
  ): AsyncGenerator<FolderEntry> {
    let entries: Dirent[];
    try {
      entries = await readdir(resolve(cwd, file), { withFileTypes: true });
    } catch (error) {
      yield { kind: 'unreadable', below, ...problemOf(file, error) };
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (from !== undefined && entry.name < from) continue;
      const isStart = entry.name === from;
      // The path of a folder ends with a slash: that it could not be read was said.
      if (isStart && (deeper[0] ?? '') === '') continue;
      const at = { file: join(file, entry.name), below: below + entry.name };
      const reason = skipReason(entry, wants);
      if (reason !== null) yield { kind: 'skipped', ...at, ...reason };
      else if (entry.isDirectory()) yield* visit(at.file, `${at.below}/`, isStart ? deeper : []);
      else yield await visitFile(at.file, at.below);
    }
  }

  async function visitFile(file: string, below: string): Promise<FolderEntry> {
    try {
      return { kind: 'file', found: await foundFile(file, below, cwd) };
    } catch (error) {
      return { kind: 'unreadable', below, ...problemOf(file, error) };
    }
  }
}

function skipReason(
  entry: Dirent,
  wants: (name: string) => boolean,
): { readonly code: string; readonly message: string } | null {
  if (entry.isSymbolicLink()) return SYMBOLIC_LINK;
  if (entry.name.startsWith('.')) return HIDDEN;
  if (entry.isDirectory()) return SKIPPED_FOLDERS.has(entry.name) ? HIDDEN : null;
  if (!entry.isFile()) return NOT_A_FILE;
  return wants(entry.name) ? null : NOT_AN_IMAGE;
}

const SYMBOLIC_LINK = { code: 'symbolic_link', message: 'Symbolic links are not followed' };
const HIDDEN = { code: 'hidden', message: 'Hidden files and node_modules are not taken' };
const NOT_A_FILE = { code: 'not_a_file', message: 'This is neither a file nor a folder' };
export const NOT_AN_IMAGE = { code: 'not_an_image', message: 'It is not an image' };

async function foundFile(file: string, below: string, cwd: string): Promise<FoundFile> {
  const path = resolve(cwd, file);
  const { size } = await lstat(path);
  return { file, path, below, size };
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
  const add = (found: FoundFile) => files.set(found.file, found);
  for (const path of paths) {
    try {
      const facts = await lstat(resolve(cwd, path));
      if (facts.isDirectory()) {
        for await (const entry of walkFolder(path, { cwd, wants: all ? () => true : isImage })) {
          if (entry.kind === 'file') add(entry.found);
          else if (entry.kind === 'unreadable') problems.push(problemIn(entry));
          else if (entry.code === SYMBOLIC_LINK.code) links++;
        }
      } else if (facts.isFile()) add(await foundFile(path, basename(path), cwd));
      else problems.push({ file: path, ...(facts.isSymbolicLink() ? LINK_GIVEN : NOT_A_FILE) });
    } catch (error) {
      problems.push(problemOf(path, error));
    }
  }
  return { files: [...files.values()], problems, links };
}

const LINK_GIVEN = {
  code: NOT_A_FILE.code,
  message: 'A symbolic link is not followed: give its target',
};

function problemIn({ file, code, message }: PathProblem): PathProblem {
  return { file, code, message };
}

/** Whether a file's name has the extension of an image. */
export function isImage(name: string): boolean {
  return IMAGE_EXTENSIONS.has(name.split('.').at(-1)?.toLowerCase() ?? '');
}

function problemOf(file: string, error: unknown): PathProblem {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return { file, code: 'file_not_found', message: 'There is no such file' };
  const message = error instanceof Error ? error.message : String(error);
  return { file, code: 'file_unreadable', message };
}
