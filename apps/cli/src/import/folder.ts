import { access, constants, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import { CliError } from '../errors.js';
import { NOT_AN_IMAGE, walkFolder } from '../upload/files.js';
import { headProblem, mayBeImage, readHead, type Source, type SourceItem } from './source.js';

/**
 * The files of a folder and of the folders in it, in the order of names.
 *
 * @param folder absolute path
 * @param all whether to take files of every extension
 * @throws an error of the file system for a folder that may not be read
 */
export async function openFolder(folder: string, all: boolean): Promise<Source> {
  const root = await realpath(folder);
  await access(root, constants.R_OK | constants.X_OK);
  return {
    identity: root,
    async *items(after) {
      const wants = all ? () => true : mayBeImage;
      const options = { cwd: root, wants, ...(after === null ? {} : { after }) };
      for await (const entry of walkFolder('.', options)) {
        if (entry.kind === 'file') {
          const { below, path } = entry.found;
          yield itemOf(below, { fetch: () => checked(path, below) });
        } else {
          const { kind, below, code, message } = entry;
          yield itemOf(below, { [kind === 'skipped' ? 'skip' : 'refuse']: { code, message } });
        }
      }
    },
  };
}

function itemOf(below: string, more: Partial<SourceItem>): SourceItem {
  const fetch = async () => '';
  return { source: below, path: below, fileName: posix.basename(below), fetch, ...more };
}

/** The path of a file whose first bytes are those of an image. */
async function checked(path: string, below: string): Promise<string> {
  const problem = headProblem(await readHead(path));
  if (problem === null) return path;
  throw notTaken(problem, below);
}

/** A file without an extension that is no image was not meant to be one. */
export function notTaken({ code, message }: { code: string; message: string }, path: string) {
  const isMeant = /\.[^./]*$/.test(path) || code !== 'type_not_allowed';
  return isMeant
    ? new CliError(message, { code })
    : new CliError(NOT_AN_IMAGE.message, { code: NOT_AN_IMAGE.code });
}
