import type { Point } from '@auraimage/protocol';
import type { UploadResult } from './client/types.js';

/** What the project's owner learns about an image. */
export interface ImageInfo extends Omit<UploadResult, 'receipt'> {
  /** SHA-256 of the master: 64 hexadecimal digits. */
  readonly sha256: string;
  /** 1 at upload, incremented by every change of the visibility, the name, the bytes and the focal point. */
  readonly version: number;
  /** What crops keep in view, as it was chosen; `null`: nothing was. */
  readonly focus: Point | null;
  /** ISO 8601. */
  readonly uploadedAt: string;
  /** ISO 8601: links signed before are revoked. `null`: none is. */
  readonly linksRevokedAt: string | null;
}

export interface ImagePage {
  readonly images: readonly ImageInfo[];
  /** With `folders`: what the keys of further images begin with, such as `users/42/`. */
  readonly folders: readonly string[];
  /** For the next page; `null` on the last. */
  readonly cursor: string | null;
}

/** Where an image is after it was renamed. */
export interface RenamedImage {
  readonly key: string;
  readonly url: string;
}
