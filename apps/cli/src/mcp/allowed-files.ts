import { realpath } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  type Found,
  type FoundFile,
  findFiles,
  isImage,
  type PathProblem,
} from '../upload/files.js';

/** A folder that an agent may upload from. */
interface Root {
  /** As it was given, absolute. */
  readonly path: string;
  /** With symbolic links resolved. */
  readonly real: string;
}

/** The files that an agent may upload. */
export interface AllowedFiles {
  /** For people and agents: where these files are, and what they may be. */
  readonly description: string;
  /**
   * Finds images in files and folders, which are relative to the first root. Everything else is a problem of its path:
   * what is outside the roots, also through a symbolic link; hidden files and folders; files without an image's
   * extension.
   */
  find(paths: readonly string[]): Promise<Found>;
}

/**
 * Restricts uploads to images in some folders: what an agent reads may tell it to upload anything that its user can
 * read, and a server accepts every image.
 *
 * @param roots absolute paths of existing folders; none: nothing may be uploaded
 * @throws a system error for a root that does not exist
 */
export async function createAllowedFiles(roots: readonly string[]): Promise<AllowedFiles> {
  const known: readonly Root[] = await Promise.all(
    roots.map(async (path) => ({ path, real: await realpath(path) })),
  );
  const [first] = known;
  const where = known.map(({ path }) => path).join(', ');
  return {
    description:
      first === undefined
        ? 'No file may be uploaded: aura mcp was started in the home folder or above it, without --root'
        : `Only images in ${where} and the folders below may be uploaded, no hidden files`,
    async find(paths) {
      const files: FoundFile[] = [];
      const problems: PathProblem[] = [];
      let links = 0;
      for (const path of paths) {
        const located = await locate(path, known);
        if ('problem' in located) {
          problems.push({ file: path, code: 'path_not_allowed', message: located.problem });
          continue;
        }
        const found = await findFiles([located.within], located.root, false);
        links += found.links;
        problems.push(...found.problems);
        for (const file of found.files) {
          if (isImage(file.path)) files.push(file);
          else problems.push({ file: path, code: 'type_not_allowed', message: NO_IMAGE });
        }
      }
      return { files, problems, links };
    },
  };
}

type Located = { readonly root: string; readonly within: string } | { readonly problem: string };

const NO_IMAGE = 'Only files with the extension of an image are uploaded';
const OUTSIDE = 'It is outside the folders that aura mcp may upload from';

async function locate(path: string, roots: readonly Root[]): Promise<Located> {
  const [first] = roots;
  if (first === undefined) return { problem: 'aura mcp needs --root FOLDER to upload files' };
  const absolute = isAbsolute(path) ? resolve(path) : resolve(first.path, path);
  // Without a look at the disk: an agent learns nothing about files elsewhere.
  const named = roots.some(
    ({ path, real }) => isWithin(path, absolute) || isWithin(real, absolute),
  );
  if (!named) return { problem: OUTSIDE };
  const real = await realPathOf(absolute);
  const root = roots.find((each) => isWithin(each.real, real));
  if (root === undefined) return { problem: OUTSIDE };
  const within = relative(root.real, real);
  if (within.split(sep).some((piece) => piece.startsWith('.'))) {
    return { problem: 'Hidden files and folders are not uploaded' };
  }
  return { root: root.real, within: within === '' ? '.' : within };
}

/** The path without symbolic links; of what does not exist, the folder's. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), path.slice(parent.length));
  }
}

/** Whether a path is a folder or below it; both absolute. */
export function isWithin(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === '' || (below !== '..' && !below.startsWith(`..${sep}`) && !isAbsolute(below));
}
