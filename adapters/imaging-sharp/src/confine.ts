import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type Confinement, UNSUPPORTED } from './confinement.js';

// The main program of a child until it is confined: then it becomes the image process, with the same id. Landlock
// (Linux 5.13 and later, landlock(7)) limits the whole process, libvips too, and cannot be lifted. Node has no call
// for it, hence the foreign function interface, which is loaded here only.

/** System calls: the same numbers on every architecture. */
const [CREATE_RULESET, ADD_RULE, RESTRICT_SELF] = [444, 445, 446];
const RETURN_VERSION = 1;
const RULE_PATH_BENEATH = 1;
const [O_PATH, O_CLOEXEC] = [0o10000000, 0o2000000];
const PR_SET_NO_NEW_PRIVS = 38;
const F_SETFD = 2;

/** Rights of `linux/landlock.h`. */
const EXECUTE = 1n << 0n;
const WRITE_FILE = 1n << 1n;
const READ_FILE = 1n << 2n;
const READ_DIR = 1n << 3n;
const REMOVE_FILE = 1n << 5n;
const MAKE_REG = 1n << 8n;
const TRUNCATE = 1n << 14n;
/** What a rule for a file, and not for a folder, may contain. */
const OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;
/** Number of rights by version of Landlock; later versions have no more of them. */
const RIGHTS = [0n, 13n, 14n, 15n, 15n, 16n];
/** TCP (version 4): bind and connect. Scopes (version 6): abstract sockets and signals to other processes. */
const [ALL_TCP, ALL_SCOPES] = [3n, 3n];

/** What Node, the C library and libvips read when they start. */
const SYSTEM = [
  ...['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib', '/etc/ld.so.cache'],
  ...['/proc/self', '/proc/cpuinfo', '/proc/meminfo', '/proc/stat', '/usr/bin/ldd'],
  ...['/sys/devices/system/cpu', '/sys/fs/cgroup', '/dev/urandom'],
];
/** Descriptors that the image process inherits: standard streams, and the channel to the server. */
const INHERITED = [0, 1, 2, 3];

const { node, args, env, readable, writable }: Confinement = JSON.parse(process.argv[2] ?? '');
const libc = await loadLibc();
const version = libc.syscall(
  CREATE_RULESET,
  'void *',
  null,
  'size_t',
  0,
  'uint32_t',
  RETURN_VERSION,
);
if (version < 1) process.exit(UNSUPPORTED);

const rights = (1n << (RIGHTS[Math.min(version, RIGHTS.length - 1)] ?? 0n)) - 1n;
const ruleset = createRuleset();
for (const path of [...SYSTEM, ...readable]) allow(path, READ_FILE | READ_DIR);
for (const path of mappedFiles()) allow(path, READ_FILE | EXECUTE);
for (const path of writable) {
  allow(path, READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | MAKE_REG | REMOVE_FILE);
}
allow('/dev/null', READ_FILE | WRITE_FILE);
succeed('prctl', libc.prctl(PR_SET_NO_NEW_PRIVS, 'long', 1, 'long', 0, 'long', 0, 'long', 0));
succeed('landlock_restrict_self', libc.syscall(RESTRICT_SELF, 'int', ruleset, 'uint32_t', 0));
for (const fd of INHERITED) libc.fcntl(fd, F_SETFD, 'int', 0);
libc.execve(node, [node, ...args, null], [...env, null]);
throw new Error('execve failed');

async function loadLibc() {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const syscall = library.func('long syscall(long number, ...)');
    return {
      syscall: (...values: unknown[]) => Number(syscall(...values)),
      prctl: library.func('int prctl(int option, ...)'),
      fcntl: library.func('int fcntl(int fd, int command, ...)'),
      execve: library.func('int execve(const char *path, const char **argv, const char **envp)'),
    };
  } catch {
    // There are no binaries for this platform.
    process.exit(UNSUPPORTED);
  }
}

function createRuleset(): number {
  const attributes = Buffer.alloc(24);
  attributes.writeBigUInt64LE(rights, 0);
  attributes.writeBigUInt64LE(ALL_TCP, 8);
  attributes.writeBigUInt64LE(ALL_SCOPES, 16);
  const size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const created = libc.syscall(CREATE_RULESET, 'void *', attributes, 'size_t', size, 'uint32_t', 0);
  return succeed('landlock_create_ruleset', created);
}

/** Allows rights for a file, or for a folder and everything in it, if this process can reach it at all. */
function allow(path: string, wanted: bigint): void {
  const fd = openPath(path);
  if (fd === null) return;
  const rule = Buffer.alloc(12);
  rule.writeBigUInt64LE(wanted & rights & (fstatSync(fd).isDirectory() ? ~0n : OF_FILES), 0);
  rule.writeInt32LE(fd, 8);
  const type = RULE_PATH_BENEATH;
  const added = libc.syscall(ADD_RULE, 'int', ruleset, 'int', type, 'void *', rule, 'uint32_t', 0);
  succeed(`landlock_add_rule for ${path}`, added);
  closeSync(fd);
}

function openPath(path: string): number | null {
  try {
    return openSync(path, O_PATH | O_CLOEXEC);
  } catch {
    return null;
  }
}

/** This program, its interpreter and its libraries: with them, the image process starts. */
function mappedFiles(): Set<string> {
  return new Set(readFileSync('/proc/self/maps', 'utf8').match(/\/.*$/gm));
}

function succeed(call: string, result: number): number {
  if (result < 0) throw new Error(`${call} failed`);
  return result;
}
