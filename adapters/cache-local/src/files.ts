import { createHash, randomUUID, webcrypto } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { OpenFile } from '@auraimage/ports';
import { isProject, keyOf, nameIn, SEPARATOR, SIDES, type Side } from './entries.js';

export type Bytes = Uint8Array<ArrayBuffer>;

const SHARD = /^[0-9a-f]{2}$/;
/** Files that the scan looks at concurrently. */
const BATCH = 32;

/** Facts in a file's name. Length and digest reveal a torn or altered file. */
export interface Content {
  readonly key: string;
  /** Name of the project whose share the file takes. */
  readonly project: string;
  /** In bytes. */
  readonly length: number;
  /** First 64 bits of the SHA-256, hexadecimal. */
  readonly digest: string;
}

interface FoundFile extends Content {
  /** Time of the last write or recorded read, in Unix milliseconds. */
  readonly usedAt: number;
}

/**
 * The files of the store: `<folder>/<side>/<2 hex of the id's hash>/<id>~<name>~<project>~<length>~<digest>`, at
 * most 255 characters.
 */
export interface Files {
  pathOf(content: Content): string;
  /** Renames the file to its name when it is complete. Not synced: a power failure may tear it. */
  write(content: Content, bytes: Bytes): Promise<void>;
  /** `null` if the file is missing or has another length than its name says. */
  read(content: Content): Promise<Bytes | null>;
  /** Whether it exists with the length that its name says. */
  exists(content: Content): Promise<boolean>;
  /** Records the time of use, for the order after a restart. */
  mark(content: Content, usedAt: number): void;
  remove(content: Content): Promise<void>;
  /** Removes the files of a master on one side whose entry name has the prefix, whichever process wrote them. */
  removeAll(owner: string, prefix: string): Promise<void>;
  /** Creates the folder, deletes incomplete files of a crash, and lists the files. */
  scan(): Promise<FoundFile[]>;
}

export async function digestOf(bytes: Bytes): Promise<string> {
  const digest = await webcrypto.subtle.digest('SHA-256', bytes); // not on the main thread
  return Buffer.from(digest, 0, 8).toString('hex');
}

/** @param onError called for each folder or file that the scan cannot read and skips */
export function createFiles(folder: string, onError: (error: unknown) => void): Files {
  const temporary = join(folder, 'tmp');
  const shardOf = (side: string, objectId: string): string =>
    join(folder, side, createHash('sha256').update(objectId).digest('hex').slice(0, 2));
  const pathOf = ({ key, project, length, digest }: Content): string => {
    const [side = '', objectId = ''] = key.split(SEPARATOR);
    const name = [objectId, nameIn(key), project, length, digest].join(SEPARATOR);
    return join(shardOf(side, objectId), name);
  };

  const noted = (error: unknown): null => {
    onError(error);
    return null;
  };

  const writeOnce = async (path: string, bytes: Bytes): Promise<void> => {
    const draft = join(temporary, randomUUID());
    try {
      await writeFile(draft, bytes, { flag: 'wx', mode: 0o600 });
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  };

  return {
    pathOf,
    async write(content, bytes) {
      const path = pathOf(content);
      const written = await orMissing(writeOnce(path, bytes).then(() => true));
      if (written === true) return;
      // The folder does not exist yet, or it was deleted.
      for (const each of [temporary, dirname(path)]) {
        await mkdir(each, { recursive: true, mode: 0o700 });
      }
      await writeOnce(path, bytes);
    },
    async read(content) {
      const file = await orMissing(open(pathOf(content), 'r'));
      if (file === null) return null;
      try {
        return await readWhole(file, content.length);
      } finally {
        await file.close();
      }
    },
    async exists(content) {
      return (await orMissing(stat(pathOf(content))))?.size === content.length;
    },
    mark(content, usedAt) {
      utimes(pathOf(content), usedAt / 1000, usedAt / 1000).catch(() => {}); // ignored: the file may have been removed
    },
    remove: (content) => rm(pathOf(content), { force: true }),
    async removeAll(owner, prefix) {
      const [side = '', objectId = ''] = owner.split(SEPARATOR);
      const shard = shardOf(side, objectId);
      const names = (await orMissing(readdir(shard))) ?? [];
      const ours = names.filter((name) => name.startsWith(objectId + SEPARATOR + prefix));
      await Promise.all(ours.map((name) => rm(join(shard, name), { force: true })));
    },
    async scan() {
      await mkdir(temporary, { recursive: true, mode: 0o700 });
      for (const name of await readdir(temporary)) {
        await rm(join(temporary, name), { force: true }).catch(onError);
      }
      const found: FoundFile[] = [];
      for (const side of SIDES) {
        const shards = (await orMissing(readdir(join(folder, side))).catch(noted)) ?? [];
        for (const shard of shards.filter((name) => SHARD.test(name))) {
          const path = join(folder, side, shard);
          const names = (await orMissing(readdir(path)).catch(noted)) ?? [];
          for (let at = 0; at < names.length; at += BATCH) {
            const batch = names.slice(at, at + BATCH);
            const looks = batch.map((name) => look(side, path, name).catch(noted));
            for (const file of await Promise.all(looks)) if (file !== null) found.push(file);
          }
        }
      }
      return found;
    },
  };
}

/** The facts of a shard's file. Deletes an incomplete file; ignores a file that is not ours. */
async function look(side: Side, shard: string, name: string): Promise<FoundFile | null> {
  const content = contentIn(side, name);
  const stats = content && (await orMissing(stat(join(shard, name))));
  if (content === null || stats === null) return null;
  if (stats.size === content.length) {
    const { key, project, length, digest } = content;
    return { key, project, length, digest, usedAt: stats.mtimeMs };
  }
  await rm(join(shard, name), { force: true });
  return null;
}

function contentIn(side: Side, fileName: string): Content | null {
  const [id = '', name = '', project = '', length = '', digest = '', ...rest] =
    fileName.split(SEPARATOR);
  const key = keyOf(side, id, name);
  const valid = /^\d{1,15}$/.test(length) && /^[0-9a-f]{16}$/.test(digest) && rest.length === 0;
  if (key === null || !valid || !isProject(project)) return null;
  return {
    key: copyOf(key),
    project: copyOf(project),
    length: Number(length),
    digest: copyOf(digest),
  };
}

/** A copy of a substring: a slice would keep the whole string in memory, and the index has many. */
function copyOf(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

async function readWhole(file: FileHandle, length: number): Promise<Bytes | null> {
  if ((await file.stat()).size !== length) return null;
  const bytes = new Uint8Array(length);
  return (await fill(file, bytes, 0)) ? bytes : null;
}

/** Opens a file of the store for a reader that takes it piece by piece. */
export async function openFile(path: string): Promise<OpenFile> {
  const file = await open(path, 'r');
  return {
    async read(target, position) {
      if (!(await fill(file, target, position))) throw new Error(`${path} ends early`);
    },
    close: () => void file.close(),
  };
}

/** Fills the target with bytes of a file; `false` if the file ends before. */
async function fill(file: FileHandle, target: Uint8Array, position: number): Promise<boolean> {
  let filled = 0;
  while (filled < target.length) {
    const length = target.length - filled;
    const { bytesRead } = await file.read(target, filled, length, position + filled);
    if (bytesRead === 0) return false;
    filled += bytesRead;
  }
  return true;
}

async function orMissing<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
