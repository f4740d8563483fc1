import type { ImageAddress, MasterType, Visibility } from '@auraimage/protocol';
import type { Focus, FocusKind, ImageEngine } from './ports/image-engine.js';
import type { ObjectStore } from './ports/object-store.js';
import type { EdgeCache, EncodeBudget, VariantStore } from './ports/variants.js';

export * from './ports/image-engine.js';
export * from './ports/object-store.js';
export * from './ports/variants.js';

/**
 * The sockets of the edge: everything it needs from the machine that it runs on. Each adapter
 * implements one port and passes that port's contract suite (`@auraimage/edge/contracts`).
 */
export interface EdgePorts {
  readonly objects: ObjectStore;
  readonly images: ImageRecords;
  readonly projects: ProjectSecrets;
  readonly receiver: UploadReceiver;
  readonly engine: ImageEngine;
  readonly cache: EdgeCache;
  readonly variants: VariantStore;
  readonly encodeBudget: EncodeBudget;
  readonly uploadRate: RateLimiter;
  readonly clock: Clock;
}

/** The one truth about an image: a row. */
export interface ImageRecord extends ImageAddress {
  readonly visibility: Visibility;
  /** The master's media type, as its bytes say. */
  readonly type: MasterType;
  /** Size of the master in bytes. */
  readonly size: number;
  /** Width in pixels as shown: EXIF orientation applied. */
  readonly width: number;
  /** Height in pixels as shown. */
  readonly height: number;
  /** Frames of an animation; 1 for a still picture. The pages of a TIFF and the like are not frames. */
  readonly frames: number;
  /** Whether the master has an alpha channel. */
  readonly hasAlpha: boolean;
  readonly blurhash: string;
  /** Where the picture matters most, by how that was sought; absent until somebody sought it. */
  readonly focus: Readonly<Partial<Record<FocusKind, Focus>>>;
  /** SHA-256 of the master, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Where the object store keeps the master. Never used twice. */
  readonly objectId: string;
  /** 1 at upload; one more after every change of the record. */
  readonly version: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export type NewImage = Omit<ImageRecord, 'version' | 'focus'>;

/** What a read needs to know, as of one commit. */
export interface FoundImage {
  readonly image: ImageRecord;
  /**
   * Serve secrets of its project that are in force, the current one first: one, or two while a
   * rotation's grace runs.
   *
   * @param now Unix milliseconds
   */
  serveSecrets(now: number): readonly string[];
}

export interface ImagePage {
  /** Newest first. */
  readonly images: readonly ImageRecord[];
  /** What `list` takes to go on, or `null` after the last page. */
  readonly cursor: string | null;
}

/**
 * Images as rows. Every method that resolves with a change has committed it durably: the change
 * survives `kill -9` and a power cut, and every later read on every process sees it.
 *
 * A method rejects with {@link StorageFullError} when there is no room, and with any other error
 * when the database does not answer.
 */
export interface ImageRecords {
  /** Every call sees the latest commit. */
  find(address: ImageAddress): Promise<FoundImage | null>;
  /**
   * Adds a row and its size to the project's usage, in one transaction.
   * `quota_exceeded`: the usage would pass the project's quota; nothing was written.
   * `project_missing`: the project is gone; nothing was written.
   */
  insert(image: NewImage): Promise<'inserted' | 'quota_exceeded' | 'project_missing'>;
  /** Resolves with the row as it now is, or `null` where there is none. Idempotent. */
  setVisibility(address: ImageAddress, visibility: Visibility): Promise<ImageRecord | null>;
  /** Keeps what was found out about a master. Not a change of the image: its version stays. */
  setFocus(address: ImageAddress, kind: FocusKind, focus: Focus): Promise<void>;
  /** Takes the row away and its size off the project's usage; resolves with what it was. */
  remove(address: ImageAddress): Promise<ImageRecord | null>;
  /**
   * One page of a project's images, newest first.
   *
   * @param limit rows a page, 1 to 1000
   * @param cursor from the page before; throws {@link InvalidCursorError} for any other text
   */
  list(project: string, limit: number, cursor?: string): Promise<ImagePage>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}

/** What an upload to a project needs to know about it. */
export interface UploadPolicy {
  /** Active secret keys that may sign for this project, newest first: its own and its account's. */
  readonly secretKeys: readonly string[];
  /** Origins that browsers may upload from, such as `https://app.example`; empty means any. */
  readonly allowedOrigins: readonly string[];
  /** Bytes that the project may store, or `null` without a limit. */
  readonly quotaBytes: number | null;
  /** Bytes that its masters take now. */
  readonly usedBytes: number;
}

/** Projects and their secret keys, as the edge reads them. Every call sees the latest commit. */
export interface ProjectSecrets {
  /** `null` for a project that does not exist. The name may be any text. */
  uploadPolicy(project: string): Promise<UploadPolicy | null>;
  /**
   * What a presented secret key opens. `unknown`: no active key is this text. `other`: it is a key,
   * but not for this project, or there is no such project.
   */
  access(secretKey: string, project: string): Promise<'granted' | 'other' | 'unknown'>;
}

export interface ReceiveLimits {
  /** Most bytes of the file; one more and the receiver stops with `body_too_large`. */
  readonly maxFileBytes: number;
  /** Ends the wait for a body that stalls or never ends. */
  readonly signal: AbortSignal;
}

export type ReceiveRefusal =
  | 'multipart_required'
  | 'multipart_malformed'
  | 'file_missing'
  | 'file_repeated'
  | 'body_too_large'
  | 'body_incomplete'
  | 'body_timeout';

/** Thrown by a receiver for a body that breaks a rule. `code` says which. */
export class ReceiveError extends Error {
  override readonly name = 'ReceiveError';
  constructor(readonly code: ReceiveRefusal) {
    super(code);
  }
}

/** Reads a multipart form with one `file` part and at most one `filename` part, in either order. */
export interface UploadReceiver {
  /**
   * Hands the file's bytes to `onChunk` in order, waiting for each, and resolves when the whole form
   * has been read. Holds one chunk at a time. An error that `onChunk` throws stops it and is passed on.
   *
   * @returns the `filename` part's text, else the file part's own name, else an empty text
   * @throws {ReceiveError}
   */
  receive(
    request: Request,
    limits: ReceiveLimits,
    onChunk: (chunk: Uint8Array) => Promise<void>,
  ): Promise<{ readonly filename: string }>;
}

/** Counts uploads per client and per project. */
export interface RateLimiter {
  /**
   * Counts one upload.
   *
   * @returns 0 when it may go on, else the whole seconds to wait, at least 1
   */
  take(client: string, project: string): Promise<number>;
}

export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}

/** Thrown by an adapter when its disk, bucket or database has no room left. */
export class StorageFullError extends Error {
  readonly code = 'storage_full';
  override readonly name = 'StorageFullError';
}

/** Thrown by an adapter whose store does not do its work now, or not for this server. */
export class StorageUnavailableError extends Error {
  readonly code = 'storage_unavailable';
  override readonly name = 'StorageUnavailableError';
  /** @param message for whoever runs the server, and fit for anyone: `/ready` shows it */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** Thrown by {@link ImageRecords.list} for a cursor that it did not make. */
export class InvalidCursorError extends Error {
  readonly code = 'page_malformed';
  override readonly name = 'InvalidCursorError';
}
