import type {
  AuditLog,
  ChangeOrigin,
  ImageRecord,
  ImageRecords,
  Inserted,
  NewImage,
  ProjectChanges,
  ProjectRegistry,
} from '../index.js';

/** An image of a suite. Its project is that with its name, unless the image says which. */
export type TestImage = Omit<NewImage, 'projectId'> & Partial<Pick<NewImage, 'projectId'>>;

/** Image records that insert {@link TestImage}s. */
export interface TestImages extends Omit<ImageRecords, 'insert'> {
  insert(image: TestImage, replace?: ChangeOrigin): Promise<Inserted>;
}

/**
 * Image records for suites. They look a project up once, and again when there is none with its id any more. Of one that
 * is found no more, they use the id that it had.
 */
export function withTestImages({
  images,
  registry,
}: {
  readonly images: ImageRecords;
  readonly registry: Pick<ProjectRegistry, 'findProject'>;
}): TestImages {
  const ids = new Map<string, string>();
  return {
    ...images,
    async insert(image, replace) {
      const known = ids.get(image.project);
      if (known !== undefined) {
        const inserted = await images.insert({ projectId: known, ...image }, replace);
        if (inserted !== 'project_missing') return inserted;
      }
      const project = await registry.findProject(image.project);
      if (project !== null) ids.set(image.project, project.id);
      const projectId = ids.get(image.project) ?? 'unknown';
      return images.insert({ projectId, ...image }, replace);
    },
  };
}

/** A database without projects and images. */
export interface ImageRecordsSetup {
  readonly images: TestImages;
  /** The same records through another connection, as another process has it. */
  readonly other: TestImages;
  readonly audit: AuditLog;
  /** The account of every project. */
  readonly accountId: string;
  /** Creates a project. */
  makeProject(name: string, options?: { quotaBytes?: number; serveSecret?: string }): Promise<void>;
  /** Rotates the serve secret. `previousUntil` ends the grace period, in Unix milliseconds. */
  replaceServeSecret(project: string, secret: string, previousUntil: number | null): Promise<void>;
  /** Changes settings of a project. */
  changeProject(project: string, changes: ProjectChanges): Promise<void>;
  /** Starts to delete a project. */
  beginDeletion(project: string): Promise<void>;
  /** Bytes of the project's masters. */
  usedBytes(project: string): Promise<number>;
  /** Number of the project's images. */
  imageCount(project: string): Promise<number>;
  close(): Promise<void>;
}

/** Who changes images in the suite. */
export const ORIGIN: ChangeOrigin = {
  actor: { kind: 'session', name: 'ada@example.com' },
  address: '192.0.2.7',
};

/** Address of the n-th image of a project. */
export function address(project: string, n: number) {
  return { project, key: `${String(n).padStart(10, '0')}-photo.jpg` };
}

/** The n-th image of a project. */
export function newImage(project: string, n: number, changes: Partial<TestImage> = {}): TestImage {
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
    fileName: `photo-${n}.jpg`,
    createdAt: 1_900_000_000_000 + n,
    ...changes,
  };
}

/** What an insertion of a new image resolves with. */
export function inserted(image: TestImage) {
  return { image: row(image), replaced: null };
}

/** The record of a {@link newImage}. */
export function row(image: TestImage, changes: Partial<ImageRecord> = {}): ImageRecord {
  const { visibility = 'public', metadata = {} } = image;
  return {
    ...image,
    visibility,
    metadata,
    version: 1,
    focus: {},
    focalPoint: null,
    focalPointChanges: 0,
    linksRevokedAt: null,
    ...changes,
  };
}
