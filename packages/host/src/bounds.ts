/** Bounds of every host that follow from its settings, or are the same everywhere. */
export interface CommonBounds {
  /** Time for the whole body of an upload. */
  readonly uploadSeconds: number;
  /** A client that sends or reads nothing for this time is disconnected. */
  readonly idleSeconds: number;
  /** Uploads a minute from one client. */
  readonly uploadsPerClient: number;
  /** Uploads a minute to one project. */
  readonly uploadsPerProject: number;
  /** Variants of one image kept at once. A further one replaces the least recently requested. */
  readonly maxVariantsPerImage: number;
}

const MIN_UPLOAD_SECONDS = 300;
/** What sweeps remove is older. */
const MAX_UPLOAD_SECONDS = 3600;
/** At this rate, the largest file arrives in time. */
const SLOW_BYTES_PER_SECOND = 128 * 1024;
const CLIENTS_OF_A_PROJECT = 10;

/**
 * The bounds that nobody sets.
 *
 * @example
 * commonBounds({ maxUploadBytes: 2 ** 30, uploadsPerMinute: 120 }).uploadSeconds; // 3600
 */
export function commonBounds({
  maxUploadBytes,
  uploadsPerMinute,
}: {
  readonly maxUploadBytes: number;
  readonly uploadsPerMinute: number;
}): CommonBounds {
  const seconds = Math.ceil(maxUploadBytes / SLOW_BYTES_PER_SECOND);
  return {
    uploadSeconds: Math.min(MAX_UPLOAD_SECONDS, Math.max(MIN_UPLOAD_SECONDS, seconds)),
    idleSeconds: 30,
    uploadsPerClient: uploadsPerMinute,
    uploadsPerProject: uploadsPerMinute * CLIENTS_OF_A_PROJECT,
    maxVariantsPerImage: 200,
  };
}
