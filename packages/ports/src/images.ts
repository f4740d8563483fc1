import type { ImageAddress, MasterType, Visibility } from '@auraimage/protocol';
import type { AuditActor } from './audit.js';
import type { Focus, FocusKind } from './image-engine.js';

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

/** Who changes an image, for the audit log. */
export interface ChangedBy {
  readonly actor: AuditActor;
  /** Network address that the change came from. */
  readonly address: string;
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
   * Resolves with the row as it now is, or `null` where there is none. Idempotent: where nothing changes,
   * nothing is written.
   *
   * @param by for the audit entry that is committed with the change
   * @param check awaited while the row is locked, before the change; a rejection is passed on, and
   *   nothing is changed
   */
  setVisibility(
    address: ImageAddress,
    visibility: Visibility,
    by: ChangedBy,
    check?: () => Promise<void>,
  ): Promise<ImageRecord | null>;
  /** Keeps what was found out about a master. Not a change of the image: its version stays. */
  setFocus(address: ImageAddress, kind: FocusKind, focus: Focus): Promise<void>;
  /**
   * Removes the row and its size from the project's usage, and commits an audit entry with it. Resolves with
   * the row that was removed, or `null` where there was none.
   */
  remove(address: ImageAddress, by: ChangedBy): Promise<ImageRecord | null>;
  /**
   * Revokes every serve token of an image that was issued before a time, and commits an audit entry with
   * it. Resolves with the row as it now is, or `null` where there is none. An earlier time than the one that
   * is kept changes nothing. The version stays: the picture is the same.
   *
   * @param before whole Unix second: the first at which an accepted token may have been issued
   */
  revokeLinks(address: ImageAddress, before: number, by: ChangedBy): Promise<ImageRecord | null>;
  /** One page of a project's images, newest first. */
  list(project: string, query: ImageQuery): Promise<ImagePage>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}
