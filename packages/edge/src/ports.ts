import type { ImageAddress, MasterType, Visibility } from '@auraimage/protocol';
import type { Focus, FocusKind, ImageEngine } from './ports/image-engine.js';
import type { ObjectStore } from './ports/object-store.js';
import type { EdgeCache, EncodeBudget, VariantStore } from './ports/variants.js';

export * from './ports/image-engine.js';
export * from './ports/object-import.js';
export * from './ports/object-inventory.js';
export * from './ports/object-rows.js';
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
  readonly access: ProjectAccess;
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
  /**
   * Whole Unix second before which every serve token for this image ends; `null`: none was stopped.
   * {@link ImageRecords.revokeLinks}
   */
  readonly linksRevokedAt: number | null;
  /** 1 at upload; one more each time that its visibility changes. */
  readonly version: number;
  /** Unix milliseconds. */
  readonly createdAt: number;
}

export type NewImage = Omit<ImageRecord, 'version' | 'focus' | 'linksRevokedAt'>;

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

/** Which images of a project are listed; a member that is absent excludes none. */
export interface ImageQuery {
  /** Rows a page, 1 to 1000. */
  readonly limit: number;
  /** From the page before; any other text throws {@link InvalidCursorError}. */
  readonly cursor?: string;
  /**
   * A part of the name, which is what follows a key's ten random characters and the dash, or with 6 characters
   * and more the beginning of the key. 1 to 64 characters.
   */
  readonly keyPart?: string;
  readonly visibility?: Visibility;
  /** SHA-256 of the master, 64 lower-case hexadecimal digits. */
  readonly sha256?: string;
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
  /**
   * Resolves with the row as it now is, or `null` where there is none. Idempotent.
   *
   * @param check waited for once the row is held, so that every other change of it waits, and before it
   *   is changed; what it rejects with is passed on, and nothing is changed
   */
  setVisibility(
    address: ImageAddress,
    visibility: Visibility,
    check?: () => Promise<void>,
  ): Promise<ImageRecord | null>;
  /** Keeps what was found out about a master. Not a change of the image: its version stays. */
  setFocus(address: ImageAddress, kind: FocusKind, focus: Focus): Promise<void>;
  /** Takes the row away and its size off the project's usage; resolves with what it was. */
  remove(address: ImageAddress): Promise<ImageRecord | null>;
  /**
   * Ends every serve token for an image that was issued before, and resolves with the row as it now is,
   * or `null` where there is none. A time before one that is kept changes nothing. The version stays:
   * the picture is the same.
   *
   * @param before whole Unix second: the first at which a token may have been issued to be accepted
   */
  revokeLinks(address: ImageAddress, before: number): Promise<ImageRecord | null>;
  /** One page of a project's images, newest first. */
  list(project: string, query: ImageQuery): Promise<ImagePage>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}

export interface ActiveSecretKey {
  readonly id: string;
  readonly name: string;
  readonly secret: string;
}

/** What an upload to a project needs to know about it. */
export interface UploadPolicy {
  /** Active secret keys that may sign for this project, newest first: its own and its account's. */
  readonly secretKeys: readonly ActiveSecretKey[];
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
}

/** Who changed something, by what they showed: for the audit log. No secret. */
export interface Actor {
  readonly kind: 'session' | 'cli_token' | 'secret_key' | 'visibility_token';
  /** A person's email, or a token's or key's name. */
  readonly name: string;
}

export type AccessVerdict =
  | {
      readonly granted: true;
      readonly actor: Actor;
      /** Of the secret key that was shown, where it was one. */
      readonly secretKeyId?: string;
    }
  /**
   * `missing`: nothing was shown. `unknown`: what was shown is no credential. `other`: it is one, but does
   * not open this project, or there is no such project. `cross_site`: a browser sent a session's cookie for
   * a page of another site.
   */
  | { readonly granted: false; readonly refusal: 'missing' | 'unknown' | 'other' | 'cross_site' };

/** Decides whether a request's own credentials, upload and serve tokens aside, open a project. */
export interface ProjectAccess {
  check(
    request: { readonly method: string; readonly headers: { get(name: string): string | null } },
    project: string,
  ): Promise<AccessVerdict>;
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
