// What this adapter uses of a Worker's binding: https://developers.cloudflare.com/r2/api/workers/workers-api-reference/

import { inR2 } from './problem.js';

/** A bucket, as a Worker's binding gives it. */
export interface R2Bucket {
  head(key: string): Promise<R2Object | null>;
  get(
    key: string,
    options?: { readonly range?: { readonly offset: number; readonly length: number } },
  ): Promise<R2ObjectBody | null>;
  /** `null` if the condition does not hold. */
  put(
    key: string,
    value: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>,
    options?: R2PutOptions,
  ): Promise<R2Object | null>;
  createMultipartUpload(key: string): Promise<R2MultipartUpload>;
  delete(key: string): Promise<void>;
  list(options: { readonly prefix: string; readonly cursor?: string }): Promise<R2Objects>;
}

interface R2PutOptions {
  readonly onlyIf?: { readonly etagDoesNotMatch: string };
  readonly httpMetadata?: { readonly contentType: string };
  readonly customMetadata?: Record<string, string>;
  /** Hexadecimal. R2 stores no bytes with another one. */
  readonly sha256?: string;
}

export interface R2Object {
  readonly key: string;
  /** Of the whole object, in bytes. */
  readonly size: number;
  readonly uploaded: Date;
  readonly customMetadata?: Record<string, string>;
}

interface R2ObjectBody extends R2Object {
  /** Its length is known to the runtime, as `put` requires it. */
  readonly body: ReadableStream<Uint8Array>;
}

interface R2MultipartUpload {
  /** All parts but the last have the same size, at least 5 MiB. */
  uploadPart(number: number, bytes: Uint8Array<ArrayBuffer>): Promise<R2UploadedPart>;
  complete(parts: R2UploadedPart[]): Promise<R2Object>;
  abort(): Promise<void>;
}

export interface R2UploadedPart {
  readonly partNumber: number;
  readonly etag: string;
}

interface R2Objects {
  readonly objects: R2Object[];
  readonly truncated: boolean;
  readonly cursor?: string;
}

/** Keys and ids are those of `objects-s3`: the same bucket can be opened by its S3 API. */
export function objectKey(id: string): string {
  return `objects/${id}`;
}

/** Every object whose key has the prefix, keys ascending, in pages. */
export async function* listObjects(
  bucket: R2Bucket,
  prefix: string,
): AsyncGenerator<readonly R2Object[], void, undefined> {
  let cursor: string | undefined;
  do {
    const from = cursor === undefined ? {} : { cursor };
    const page = await inR2(() => bucket.list({ prefix, ...from }));
    yield page.objects;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}
