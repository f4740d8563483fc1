import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
} from 'node:fs';
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
 * sixth of their CPU time. No test cuts the power, so none needs the disk. Folders of killed runs are removed, too.
 *
 * @returns {string | undefined} nothing where there is too little memory, or no program may run from there
 */
export function makeMemoryFolder() {
  if (!isLinux()) return undefined;
  // Containers can share the memory, but not the numbers of processes: only those of one namespace can be compared.
  const prefix = `aura-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}-`;
  for (const name of readdirSync(PLACE)) {
    const pid = name.startsWith(prefix) && name.slice(prefix.length).split('-')[0];
    if (pid && !existsSync(join('/proc', pid))) remove(join(PLACE, name));
  }
  if (!hasMemory()) return undefined;
  const folder = mkdtempSync(join(PLACE, `${prefix}${process.pid}-`));
  // Like /tmp: PostgreSQL has a user of its own.
  chmodSync(folder, 0o1777);
  process.once('exit', () => remove(folder));
  return folder;
}

/**
 * The tests have passed or failed by now, so an error is a message and no more.
 *
 * @param {string} folder
 */
function remove(folder) {
  try {
    // A server that was killed can still write for a moment.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  } catch (error) {
    console.error(`${folder} holds memory, and could not be removed: ${error}`);
  }
}

function isLinux() {
  return existsSync(PLACE) && existsSync('/proc/self/ns/pid');
}

function hasMemory() {
  const mount = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, at]) => at === PLACE);
  const [, , type, options = ''] = mount ?? [];
  if (type !== 'tmpfs' || options.split(',').includes('noexec')) return false;
  const { bavail, bsize } = statfsSync(PLACE);
  // Node has it from 20.13 on.
  const available = process.availableMemory?.() ?? 0;
  return bavail * bsize >= FILES && available >= FILES + PROGRAMS;
}
