import type { AuditLog, ChangedBy, ImageRecord, ImageRecords, NewImage } from '../index.js';

/** A database with no project and no image. */
export interface ImageRecordsSetup {
  readonly images: ImageRecords;
  /** The same rows through another connection, as another process sees them. Used in turn. */
  readonly other: ImageRecords;
  readonly audit: AuditLog;
  /** Owns every project. */
  readonly accountId: string;
  /** Makes a project of that name. */
  makeProject(name: string, options?: { quotaBytes?: number; serveSecret?: string }): Promise<void>;
  /** Makes the secret current; the one before it stays in force until then, in Unix milliseconds. */
  replaceServeSecret(project: string, secret: string, previousUntil: number | null): Promise<void>;
  /** Begins to delete a project: nothing of it may be found from then on. */
  beginDeletion(project: string): Promise<void>;
  /** Bytes that the project's masters take. */
  usedBytes(project: string): Promise<number>;
  /** How many images the project has. */
  imageCount(project: string): Promise<number>;
  close(): Promise<void>;
}

/** Who changes images in the suite. */
export const BY: ChangedBy = {
  actor: { kind: 'session', name: 'ada@example.com' },
  address: '192.0.2.7',
};

/** The address of the n-th image of a project. */
export function address(project: string, n: number) {
  return { project, key: `${String(n).padStart(10, '0')}-photo.jpg` };
}

/** The n-th image of a project, with facts of its own. */
export function newImage(project: string, n: number, facts: Partial<NewImage> = {}): NewImage {
  return {
    ...address(project, n),
    visibility: 'public',
    type: 'image/jpeg',
    size: 100,
    width: 640 + n,
    height: 480,
    frames: 1,
    hasAlpha: false,
    blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
    sha256: n.toString(16).padStart(64, '0'),
    objectId: `${project}-object-${n}`,
    createdAt: 1_900_000_000_000 + n,
    ...facts,
  };
}

/** The row that {@link newImage} becomes. */
export function row(image: NewImage, changes: Partial<ImageRecord> = {}): ImageRecord {
  return { ...image, version: 1, focus: {}, linksRevokedAt: null, ...changes };
}

/** Texts that are nobody's name or key. */
export const STRANGE_TEXTS = [
  '',
  ' ',
  "'",
  "' OR 1=1 --",
  '%',
  '_______',
  '*',
  '../my-app',
  'MY-APP',
  'my-app ',
  'my-app\0',
  'mу-app', // a Cyrillic "u"
  '__proto__',
  'x'.repeat(10_000),
];
