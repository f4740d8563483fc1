import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { type CommonBounds, commonBounds } from '@auraimage/host';

/** Bounds that follow from the settings and the machine. */
export interface Bounds extends CommonBounds {
  /** Connections of clients that a process has open at once. */
  readonly maxConnections: number;
  /** Files of the object store that a process keeps open for the next reads. */
  readonly maxKeptFiles: number;
  /** Uploads in flight at once in a process. */
  readonly maxConcurrentUploads: number;
  /** Time for the requests in flight to end after SIGTERM. Kubernetes and others kill after 30 seconds by default. */
  readonly drainSeconds: number;
  /** Memory of the cache of the machine, in bytes. */
  readonly cacheMemoryBytes: number;
}

/** What bounds a process. */
export interface Machine {
  /** File descriptors that the process may have; `undefined` if the system does not say. */
  readonly openFiles: number | undefined;
  /** Bytes, of the machine or of the control group. */
  readonly memory: number;
}

const MAX_CONNECTIONS = 10_000;
const MAX_KEPT_FILES = 512;
/** Of few file descriptors, connections need more than kept files do. */
const KEPT_SHARE = 1 / 8;
/** Descriptors of neither connections nor kept files: databases, image processes, connections to a store. */
const OTHER_FILES = 256;
/** The socket, and the file that is sent or received. */
const FILES_PER_CONNECTION = 2;

interface Given {
  readonly maxUploadBytes: number;
  readonly uploadsPerMinute: number;
  readonly cacheDiskBytes: number;
}

/** The bounds that nobody sets: they are the same everywhere, or follow from others. */
export function boundsOf(given: Given, { openFiles, memory }: Machine = thisMachine()): Bounds {
  const files = openFiles ?? Number.POSITIVE_INFINITY;
  const maxKeptFiles = Math.min(MAX_KEPT_FILES, Math.ceil(files * KEPT_SHARE));
  const connections = Math.floor((files - OTHER_FILES - maxKeptFiles) / FILES_PER_CONNECTION);
  // Returned by name: tests/harness/bundle-server.ts adds the bounds of a test there.
  const bounds: Bounds = {
    ...commonBounds(given),
    maxConnections: Math.max(1, Math.min(MAX_CONNECTIONS, connections)),
    maxKeptFiles,
    maxConcurrentUploads: 64,
    drainSeconds: 25,
    cacheMemoryBytes: Math.floor(Math.min(given.cacheDiskBytes / 32, memory / 16)),
  };
  return bounds;
}

function thisMachine(): Machine {
  return {
    openFiles: openFilesLimit(),
    // 0 or `undefined` without a control group that bounds it.
    memory: Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY),
  };
}

/** Linux says it (proc_pid_limits(5)). Node raises its soft limit to the hard one when it starts. */
function openFilesLimit(): number | undefined {
  try {
    const soft = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
