import type { ImageRecord } from '@auraimage/ports';
import { iso, time, whole, z } from './schemas.js';

export const visibility = z.enum(['public', 'private']);

/** The path parameters of an image's routes. */
export const imageParams = z.object({
  project: z.string().openapi({ example: 'my-app' }),
  key: z.string().openapi({
    description: "The `key` of the upload's answer",
    example: 'abc123xyz0-photo.jpg',
  }),
});

const masterMembers = {
  url: z.string().openapi({
    description: 'Address without a token: it opens a public image only',
    example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
  }),
  key: z.string().openapi({ example: 'abc123xyz0-photo.jpg' }),
  blurhash: z.string(),
  width: whole('Pixels, as shown'),
  height: whole('Pixels, as shown'),
  format: z.string().openapi({
    description: 'Format in which the address answers without transform parameters',
    example: 'jpeg',
  }),
  masterFormat: z.string().openapi({ example: 'jpeg' }),
  size: whole('Bytes of the master'),
  visibility,
};

/** What an upload is answered with. */
export const uploadedImage = z.object(masterMembers).openapi('UploadedImage');

/** What the project's owner reads about an image. */
export const image = z
  .object({
    ...masterMembers,
    sha256: z.string().openapi({ description: 'Of the master: 64 hexadecimal digits' }),
    version: whole('1 at upload, one more after every change'),
    uploadedAt: time(),
    linksRevokedAt: time(
      'Serve tokens issued before have ended; `null`: none was revoked',
    ).nullable(),
    signedUrl: z.string().nullable().openapi({
      description:
        'Private images: the address with a serve token that works for at least an hour, for users who are signed in. `null` for public images and for secret keys. It stays the same for up to 15 minutes',
      example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…',
    }),
    signedUrlExpiresAt: time('When `signedUrl` expires').nullable(),
  })
  .openapi('Image');

/**
 * An upload's answer.
 *
 * @param publicUrl without a slash at the end
 */
export function toUploadedImage(
  { project, key, blurhash, width, height, size, visibility, type }: ImageRecord,
  publicUrl: string,
): z.infer<typeof uploadedImage> {
  const url = `${publicUrl}/${project}/${key}`;
  const format = type.slice('image/'.length);
  return {
    url,
    key,
    blurhash,
    width,
    height,
    format,
    masterFormat: format,
    size,
    visibility,
  };
}

/**
 * An image as its owner reads it.
 *
 * @param publicUrl without a slash at the end
 * @param signed the address that opens a private image
 */
export function toImage(
  record: ImageRecord,
  publicUrl: string,
  signed: { readonly url: string; readonly expiresAt: string } | null,
): z.infer<typeof image> {
  const { sha256, version, createdAt, linksRevokedAt } = record;
  return {
    ...toUploadedImage(record, publicUrl),
    sha256,
    version,
    uploadedAt: iso(createdAt),
    linksRevokedAt: linksRevokedAt === null ? null : iso(linksRevokedAt * 1000),
    signedUrl: signed?.url ?? null,
    signedUrlExpiresAt: signed?.expiresAt ?? null,
  };
}
