import type { R2Bucket, R2UploadedPart } from './bucket.js';
import { inR2, isUnknownUpload } from './problem.js';

/** A large file on its way into the bucket. Calls come one after the other. */
export interface PartUpload {
  /** All but the last part have one size. */
  add(part: Uint8Array<ArrayBuffer>): Promise<void>;
  complete(last: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Removes it, complete or not. Idempotent. A failure is reported only: the sweep or R2 removes it later. */
  remove(): Promise<void>;
}

export async function createPartUpload(
  bucket: R2Bucket,
  key: string,
  onCleanFailure: (error: unknown) => void,
): Promise<PartUpload> {
  const upload = await inR2(() => bucket.createMultipartUpload(key));
  const parts: R2UploadedPart[] = [];
  let size = 0;
  let isComplete = false;

  const add = async (part: Uint8Array<ArrayBuffer>): Promise<void> => {
    const number = parts.length + 1;
    parts.push(await inR2(() => upload.uploadPart(number, part)));
    size += part.length;
  };
  return {
    add,
    async complete(last) {
      if (last.length > 0) await add(last);
      try {
        await inR2(() => upload.complete(parts));
      } catch (error) {
        // An earlier try whose response was lost may have completed it.
        const existing = await inR2(() => bucket.head(key));
        if (existing?.size !== size) throw error;
      }
      isComplete = true;
    },
    async remove() {
      // Whether it was completed is unknown after a failure.
      if (!isComplete) {
        await inR2(() => upload.abort()).catch((error: unknown) => {
          if (!isUnknownUpload(error)) onCleanFailure(error);
        });
      }
      await inR2(() => bucket.delete(key)).catch(onCleanFailure);
    },
  };
}
