import { isObjectId, type ObjectInventory } from '@auraimage/ports';
import { listObjects, objectKey, type R2Bucket } from './bucket.js';
import { draftKey } from './draft.js';
import { inR2 } from './problem.js';

const OBJECTS = objectKey('');
const ABANDONED = [
  { prefix: draftKey(''), kind: 'unfinished upload' },
  { prefix: 'ping/', kind: 'write probe' },
];

/**
 * Lists and removes objects and abandoned uploads of a bucket of R2. A binding cannot list incomplete multipart uploads:
 * a bucket's default lifecycle rule aborts them after seven days.
 *
 * @example
 * const inventory = createR2Inventory(env.MASTERS);
 */
export function createR2Inventory(bucket: R2Bucket): ObjectInventory {
  return {
    async *objects(prefix = '') {
      for await (const page of listObjects(bucket, objectKey(prefix))) {
        yield page
          .map(({ key, size, uploaded }) => ({
            id: key.slice(OBJECTS.length),
            size,
            modifiedAt: uploaded.getTime(),
          }))
          .filter(({ id }) => isObjectId(id));
      }
    },
    async *abandonedUploads() {
      for (const { prefix, kind } of ABANDONED) {
        for await (const page of listObjects(bucket, prefix)) {
          yield page.map(({ key, size, uploaded }) => ({
            name: `${kind} ${key}`,
            size,
            modifiedAt: uploaded.getTime(),
            remove: () => inR2(() => bucket.delete(key)),
          }));
        }
      }
    },
    has: async (id) => isObjectId(id) && (await inR2(() => bucket.head(objectKey(id)))) !== null,
    async removeObject(id) {
      if (isObjectId(id)) await inR2(() => bucket.delete(objectKey(id)));
    },
  };
}
