import { open } from 'node:fs/promises';
import { sniffMasterType } from '@auraimage/protocol';
import { CliError } from '../errors.js';
import { isImage } from '../upload/files.js';
import { HEAD_BYTES } from '../upload/head.js';

/** Why one thing of a source is not imported. */
export interface Reason {
  /** Stable: one of docs/reference/errors.md, or of docs/guides/import.md. */
  readonly code: string;
  readonly message: string;
}

/** One thing of a source. */
export interface SourceItem {
  /** As the report shows it: a path, a key of the bucket, or an address without its query. */
  readonly source: string;
  /** Of a list: the number of its row, the first one below the header being 1. */
  readonly row?: number;
  /** What the image's name is made of: a path with slashes. */
  readonly path: string;
  /** Last piece of the path in its source: it becomes the image's file name. */
  readonly fileName: string;
  /** In place of the import's own. */
  readonly visibility?: 'private' | 'public';
  readonly metadata?: Readonly<Record<string, string>>;
  /** Set for what is no image, and skipped. */
  readonly skip?: Reason;
  /** Set for what cannot be imported. */
  readonly refuse?: Reason;
  /**
   * Gives a local file with the bytes.
   *
   * @param temporary path of a new file that may be written; the caller removes it
   * @throws {CliError} whose code goes into the report
   * @throws {SourceError} for what every other item would meet, too
   */
  readonly fetch: (temporary: string) => Promise<string>;
}

/** Something to import from. */
export interface Source {
  /** Identifies it: an import is continued only with the source that it was started with. */
  readonly identity: string;
  /**
   * Its items, in an order that stays the same.
   *
   * @param after where to begin: behind the item with this position, which may be gone
   */
  items(after: string | null): AsyncIterable<SourceItem>;
}

/** Where an item is in its source. */
export function positionOf({ source, row }: Pick<SourceItem, 'source' | 'row'>): string {
  return row === undefined ? source : String(row);
}

/** The source itself cannot be read any more: the import ends, and continues when it is run again. */
export class SourceError extends CliError {}

/** Extensions of images that no server takes. They are sent all the same, to be refused and not skipped. */
const REFUSED = /\.(?:svgz?|ico)$/i;

/** Whether a file may be an image, judged by its name: it has the extension of one, or none. */
export function mayBeImage(name: string): boolean {
  return isImage(name) || REFUSED.test(name) || !/.\.[^.]*$/.test(name);
}

/**
 * Why a file that begins with these bytes is no image that a server takes; `null` if it may be one.
 *
 * @param head at least the first 64 bytes, or the whole file
 */
export function headProblem(head: Uint8Array): Reason | null {
  if (head.length === 0) return { code: 'file_empty', message: 'The file is empty' };
  if (sniffMasterType(head) !== null) return null;
  return { code: 'type_not_allowed', message: 'It is not an image of a supported type' };
}

/** The first bytes of a file. */
export async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
