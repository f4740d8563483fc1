import type {
  ImageAddress,
  MasterType,
  MaybePromise,
  Point,
  Visibility,
} from '@auraimage/protocol';
import type { AuditActor } from './audit.js';
import type { Focus, FocusKind } from './image-engine.js';
import type { MasterMetadata, UnsignedTransforms } from './projects.js';
import type { ReadBatch } from './read-batch.js';

/** The record of an image. */
export interface ImageRecord extends ImageAddress {
  readonly visibility: Visibility;
  /** Media type of the master, detected from its bytes. */
  readonly type: MasterType;
  /** Size of the master in bytes. */
  readonly size: number;
  /** Width in pixels with the EXIF orientation applied. */
  readonly width: number;
  /** Height in pixels with the EXIF orientation applied. */
  readonly height: number;
  /** Frames of an animation; 1 for a still picture, whose pages (TIFF) are not frames. */
  readonly frames: number;
  /** Whether the master has an alpha channel. */
  readonly hasAlpha: boolean;
  readonly blurhash: string;
  /** Focus by kind, as the engine found it; absent before the first search. */
  readonly focus: Readonly<Partial<Record<FocusKind, Focus>>>;
  /** What crops keep in view, as the owner chose it; `null` if nothing was chosen. */
  readonly focalPoint: Point | null;
  /** How often the focal point was changed. Each change gives other bytes at the addresses of crops. */
  readonly focalPointChanges: number;
  /** SHA-256 of the master, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Id of the master in the object store. Never reused. */
  readonly objectId: string;
  /**
   * Whole Unix second. Serve tokens issued before it are revoked; `null` when none are.
   * {@link ImageRecords.revokeLinks}
   */
  readonly linksRevokedAt: number | null;
  /** 1 at upload, incremented by every change of the visibility, the name or the bytes. */
  readonly version: number;
  /** Name of the uploaded file: at most 255 bytes in UTF-8, no control characters. `null` if it had none. */
  readonly fileName: string | null;
  /** The developer's own pairs. {@link metadataProblem} of the protocol has the bounds. */
  readonly metadata: Readonly<Record<string, string>>;
  /** When the current bytes were uploaded, in Unix milliseconds. */
  readonly createdAt: number;
}

/**
 * An upload. `visibility` and `metadata` are optional: a new image is then public and has none. `uploadedBy` is for the
 * audit entry of a new image, which an image that nobody uploaded does not have. `projectId` is that of the project whose
 * key has allowed the upload: its name may belong to another one when the body has been received.
 */
export type NewImage = Omit<
  ImageRecord,
  | 'version'
  | 'focus'
  | 'focalPoint'
  | 'focalPointChanges'
  | 'linksRevokedAt'
  | 'visibility'
  | 'metadata'
> &
  Partial<Pick<ImageRecord, 'visibility' | 'metadata'>> & {
    readonly uploadedBy?: ChangeOrigin;
    readonly projectId: string;
  };

/** What an insertion did. `replaced` is the record that had the key before. */
export type Inserted =
  | { readonly image: ImageRecord; readonly replaced: ImageRecord | null }
  | 'name_taken'
  | 'name_reserved'
  | 'quota_exceeded'
  | 'project_missing';

/** A query of the images whose key begins with a prefix, in the order of keys (by bytes). */
export interface FolderQuery {
  /** Images and folders per page, 1 to 1000. */
  readonly limit: number;
  /** Start of the keys; empty for all. Characters of keys only, at most 255. */
  readonly prefix: string;
  /** Whether keys that have a `/` behind the prefix are grouped into folders. */
  readonly grouped: boolean;
  /** Cursor of a {@link FolderPage}. `listFolder` rejects any other text with {@link InvalidCursorError}. */
  readonly cursor?: string;
}

export interface FolderPage {
  readonly images: readonly ImageRecord[];
  /** Prefixes of further keys, such as `users/42/`: each stands for all images whose key begins with it. */
  readonly folders: readonly string[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

/** An image and its serve secrets as of one commit. */
export interface FoundImage {
  readonly image: ImageRecord;
  /**
   * Valid serve secrets of the project: the current one and, during a grace period, the previous one.
   *
   * @param now Unix milliseconds
   */
  serveSecrets(now: number): readonly string[];
  /**
   * How often the serve secret was replaced since the image's links were revoked. As many of the first serve
   * secrets did not exist before, so every token of theirs was issued later. Without meaning while
   * `linksRevokedAt` is `null`.
   */
  readonly rotationsSinceRevoked: number;
  /** Which transforms of a public image of the project need no token. */
  readonly unsignedTransforms: UnsignedTransforms;
  /** The setting of the project, as of the same commit. */
  readonly masterMetadata: MasterMetadata;
}

/** What decides whether bytes derived from a master are current. */
export type ImageVersion = Pick<ImageRecord, 'objectId' | 'visibility' | 'version'>;

/** A query of a project's images. Absent filters match all. */
export interface ImageQuery {
  /** Images per page, 1 to 1000. */
  readonly limit: number;
  /** Cursor of an {@link ImagePage}. `list` rejects any other text with {@link InvalidCursorError}. */
  readonly cursor?: string;
  /**
   * Part of the image's name or of its file name, in any case and Unicode form. Spaces match the hyphens of a name,
   * and letters with accents those without. The name is the key, of a
   * generated one what follows the ten random characters. With 6 or more characters it also matches a prefix of
   * the key. 1 to 64 characters.
   */
  readonly search?: string;
  readonly visibility?: Visibility;
  /** SHA-256 of the master, 64 lower-case hexadecimal digits. */
  readonly sha256?: string;
}

export interface ImagePage {
  /** Newest first. */
  readonly images: readonly ImageRecord[];
  /** Cursor of the next page, or `null` after the last one. */
  readonly cursor: string | null;
}

/** Where a change of an image comes from, for its audit entry. */
export interface ChangeOrigin {
  readonly actor: AuditActor;
  /** Network address of the client; empty for the server itself. */
  readonly address: string;
}

/**
 * Image records. A method that resolves with a change has committed it durably: the change survives `kill -9`
 * and a power cut, and every later read in every process sees it.
 *
 * Methods throw or reject with {@link StorageFullError} when no space is left, and with
 * {@link StorageUnavailableError} when the database does not answer.
 */
export interface ImageRecords {
  /**
   * Every call sees the latest commit.
   *
   * @param batch of the request: the call sees the latest commit at the time of the first call with it
   */
  find(address: ImageAddress, batch?: ReadBatch): MaybePromise<FoundImage | null>;
  /**
   * Inserts a record, or replaces the one that has its key, and adjusts the project's usage, in one transaction.
   * A replaced image keeps the visibility and the metadata that the new one does not name, and its revoked links;
   * its version is incremented, its foci and its focal point are forgotten, and an audit entry is added. A new image
   * that somebody has uploaded has one as well.
   *
   * Writes nothing when the key is taken and `replace` is absent (`name_taken`), when it begins with the name of a
   * preset of the project and a slash (`name_reserved`), when the usage would exceed the quota (`quota_exceeded`), or
   * when the project does not exist, or is not that of `projectId` (`project_missing`).
   *
   * @param replace allows to replace an image; for the audit entry
   */
  insert(image: NewImage, replace?: ChangeOrigin): Promise<Inserted>;
  /**
   * Resolves with the current record, or `null` for an unknown image. Writes nothing when the visibility is
   * the same.
   *
   * @param origin for the audit entry that is committed with the change
   * @param check awaited while the row is locked, before the change; a rejection is passed on, and
   *   nothing is changed
   */
  setVisibility(
    address: ImageAddress,
    visibility: Visibility,
    origin: ChangeOrigin,
    check?: () => Promise<void>,
  ): Promise<ImageRecord | null>;
  /** Stores a focus. Does not change the version. Ignores an image that is unknown or has been replaced. */
  setFocus(
    image: ImageAddress & Pick<ImageRecord, 'objectId'>,
    kind: FocusKind,
    focus: Focus,
  ): Promise<void>;
  /**
   * Gives an image another key and adds an audit entry, in one transaction. Resolves with the current record, with
   * `null` for an unknown image, with `name_taken` when another image has the key, and with `name_reserved` when the
   * key begins with the name of a preset and a slash. Writes nothing when the key is the same.
   */
  rename(
    address: ImageAddress,
    key: string,
    origin: ChangeOrigin,
  ): Promise<ImageRecord | 'name_taken' | 'name_reserved' | null>;
  /**
   * Replaces the metadata and adds an audit entry, in one transaction. Resolves with the current record, or `null`
   * for an unknown image. Does not change the version. Writes nothing when the metadata is the same.
   */
  setMetadata(
    address: ImageAddress,
    metadata: ImageRecord['metadata'],
    origin: ChangeOrigin,
  ): Promise<ImageRecord | null>;
  /**
   * Sets the focal point, or removes it, and adds an audit entry, in one transaction. Resolves with the current record,
   * or `null` for an unknown image. Does not change the version. Writes nothing when the point is the same.
   */
  setFocalPoint(
    address: ImageAddress,
    point: Point | null,
    origin: ChangeOrigin,
  ): Promise<ImageRecord | null>;
  /**
   * Removes a record, subtracts its size from the project's usage, and adds an audit entry, in one
   * transaction. Resolves with the removed record, or `null` for an unknown image.
   */
  remove(address: ImageAddress, origin: ChangeOrigin): Promise<ImageRecord | null>;
  /**
   * Revokes every serve token of an image that was issued before a time, and adds an audit entry in the same
   * transaction. Resolves with the current record, or `null` for an unknown image. A time before
   * `linksRevokedAt` changes nothing. Does not change the version.
   *
   * @param before whole Unix second; tokens issued from then on stay valid
   */
  revokeLinks(
    address: ImageAddress,
    before: number,
    origin: ChangeOrigin,
  ): Promise<ImageRecord | null>;
  /**
   * The versions of the images that name these objects, in any order. Objects that no image names, or only one
   * of a project that is being deleted, are absent.
   *
   * @param objectIds up to 1000
   */
  versionsOf(objectIds: readonly string[]): Promise<readonly ImageVersion[]>;
  /**
   * The newest images of each project, newest first. Unknown projects have none.
   *
   * @param projects names, up to 100
   * @param count images of a project, 1 to 10
   */
  newest(projects: readonly string[], count: number): Promise<readonly FoundImage[]>;
  /** One page of a project's images, newest first. */
  list(project: string, query: ImageQuery): Promise<ImagePage>;
  /** One page of the images whose key begins with a prefix, and of the folders below it. */
  listFolder(project: string, query: FolderQuery): Promise<FolderPage>;
  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
}
