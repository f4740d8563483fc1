import { chmodSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';

/** The file system in memory of every Linux; small in most containers. */
const PLACE = '/dev/shm';
const GIB = 1024 ** 3;
/** What the temporary files of the tests need at most, and what the tests need beside them. */
const FILES = 4 * GIB;
const PROGRAMS = 6 * GIB;

/**
 * Makes a folder in memory for the temporary files of the tests, which is removed when this process exits. Tests start
 * hundreds of servers that sync their databases, and create and delete many thousands of files: on a disk that is a
 * sixth of their CPU time. No test cuts the power, so none needs the disk.
 *
 * @returns {string | undefined} nothing where there is too little memory, or no program may run from there
 */
export function makeMemoryFolder() {
  if (!hasMemory()) return undefined;
  const folder = mkdtempSync(join(PLACE, 'aura-'));
  // Like /tmp: PostgreSQL has a user of its own.
  chmodSync(folder, 0o1777);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  return folder;
}

function hasMemory() {
  try {
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' '))
      .findLast(([, at]) => at === PLACE);
    const [, , type, options = ''] = mount ?? [];
    if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
    const { bavail, bsize } = statfsSync(PLACE);
    return bavail * bsize >= FILES && process.availableMemory() >= FILES + PROGRAMS;
  } catch {
    return false; // not Linux
  }
}
