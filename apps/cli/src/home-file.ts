import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliError, signedOutError } from './errors.js';

type Members = Readonly<Record<string, unknown>>;

/** A small JSON object in the user's home that nobody else may read. */
export interface HomeFile {
  /** The members; none where the file is not there. */
  read(): Promise<Members>;
  /** Replaces the file at once: a reader sees the old one or the new one. */
  write(members: Members): Promise<void>;
}

export function createHomeFile(path: string): HomeFile {
  return {
    async read() {
      const mode = await modeOf(path);
      if (mode === null) return {};
      // Whoever could read it has its secrets by now; whoever could write it chose them.
      if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
        throw signedOutError(
          `${path} is not used: other users of this machine may read it`,
          `Run chmod 600 ${path}, and aura login again if others use this machine.`,
        );
      }
      return parse(path, await readFile(path, 'utf8'));
    },
    async write(members) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await replaceFile(path, `${JSON.stringify(members, null, 2)}\n`, 0o600);
    },
  };
}

/** Writes a new file beside the old one, then puts it in its place. */
export async function replaceFile(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'wx', mode);
  try {
    try {
      // The mode of open() is less whatever umask takes away.
      await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Permission bits of a file; null where there is none. */
export async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parse(path: string, text: string): Members {
  try {
    const members: unknown = JSON.parse(text);
    if (typeof members === 'object' && members !== null && !Array.isArray(members)) {
      return { ...members };
    }
  } catch {
    // Told below: the parser's own message would quote the file.
  }
  throw new CliError(`${path} is not a JSON object`, {
    fix: 'Repair or remove it, then run aura login.',
  });
}
