import {
  type ImageRecord,
  type ImageRecords,
  type NewImage,
  StorageFullError,
  StorageUnavailableError,
} from '@auraimage/ports';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { store } from './store.js';

const DRAFT = {
  write: async () => {},
  readBack: () => Promise.reject(new Error('must not be read')),
  commit: async () => ({ id: 'object', size: 10, sha256: 'a'.repeat(64) }),
  discard: async () => {},
};
const REQUEST = {
  project: 'my-app',
  projectId: 'p1',
  filename: 'photo.jpg',
  name: undefined,
  visibility: 'private',
  metadata: undefined,
  origin: { actor: { kind: 'upload_token', name: 'first key' }, address: '' },
  overwrite: false,
  inspected: {
    ok: true,
    type: 'image/jpeg',
    width: 1,
    height: 1,
    frames: 1,
    hasAlpha: false,
    blurhash: '000000',
  },
} as const;

const recordOf = (image: NewImage): ImageRecord => ({
  ...image,
  visibility: image.visibility ?? 'public',
  metadata: image.metadata ?? {},
  version: 1,
  focus: {},
  focalPoint: null,
  focalPointChanges: 0,
  linksRevokedAt: null,
});

let rows: NewImage[];
const remove = vi.fn(async () => {});

function storeWith(insert: ImageRecords['insert'], find?: () => Promise<null>) {
  const findRow = async () => {
    const [row] = rows;
    if (row === undefined) return null;
    const image = recordOf(row);
    return {
      image,
      serveSecrets: () => [],
      rotationsSinceRevoked: 0,
      unsignedTransforms: 'any' as const,
      masterMetadata: 'keep' as const,
    };
  };
  const images = { insert, find: find ?? findRow } as unknown as ImageRecords;
  const objects = { remove, create: vi.fn(), read: vi.fn(), ping: vi.fn() };
  return store({ images, objects, clock: { now: () => 0 } }, DRAFT, REQUEST);
}

beforeEach(() => {
  rows = [];
  remove.mockReset().mockResolvedValue();
});

const unavailable = new StorageUnavailableError('unavailable');

describe('a failed insertion', () => {
  it.each(['quota_exceeded', 'project_missing', 'name_taken'] as const)(
    'with %s leaves no object',
    async (outcome) => {
      await expect(storeWith(async () => outcome)).rejects.toMatchObject({ name: 'ApiError' });
      expect(remove).toHaveBeenCalledExactlyOnceWith('object');
    },
  );

  it('for lack of space leaves no object, and reports the lack even if the object cannot be removed', async () => {
    const full = new StorageFullError('full');
    remove.mockRejectedValue(unavailable);
    await expect(storeWith(() => Promise.reject(full))).rejects.toBe(full);
    expect(remove).toHaveBeenCalledOnce();
  });

  it('is of the project whose key has allowed the upload', async () => {
    const insert = vi.fn<ImageRecords['insert']>(async () => 'project_missing');
    await expect(storeWith(insert)).rejects.toMatchObject({ code: 'upload_token_invalid' });
    expect(insert.mock.calls[0]?.[0]).toMatchObject({ project: 'my-app', projectId: 'p1' });
  });

  it('succeeds if the row was committed', async () => {
    const image = await storeWith(async (row) => {
      rows.push(row);
      throw unavailable;
    });
    expect(image).toMatchObject({
      replacedObjectId: null,
      image: { objectId: 'object', version: 1, visibility: 'private', fileName: 'photo.jpg' },
    });
    expect(remove).not.toHaveBeenCalled();
  });

  it('leaves the object if its row may still be committed', async () => {
    await expect(storeWith(() => Promise.reject(unavailable))).rejects.toBe(unavailable);
    const blind = () => Promise.reject(unavailable);
    await expect(storeWith(() => Promise.reject(unavailable), blind)).rejects.toBe(unavailable);
    expect(remove).not.toHaveBeenCalled();
  });
});
