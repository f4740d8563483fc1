import { z } from '@hono/zod-openapi';
import { time, whole } from '../openapi.js';

/** What the edge's JSON answers look like: it has no schemas of its own, being quick is more to it. */

export const visibility = z.enum(['public', 'private']);

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

export const uploadedImage = z.object(masterMembers).openapi('UploadedImage');

export const image = z
  .object({
    ...masterMembers,
    sha256: z.string().openapi({ description: 'Of the master: 64 hexadecimal digits' }),
    version: whole('1 at upload, one more after every change'),
    uploadedAt: time(),
    linksRevokedAt: time(
      'Serve tokens issued before have ended; `null`: none was stopped',
    ).nullable(),
  })
  .openapi('Image');

export const imagePage = z
  .object({
    images: z.array(image),
    cursor: z.string().nullable().openapi({ description: '`null` on the last page' }),
  })
  .openapi('ImagePage');

export const imageQuery = z.object({
  limit: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .openapi({ default: 100, description: 'Images a page' }),
  cursor: z.string().optional().openapi({ description: 'From the page before' }),
  q: z.string().optional().openapi({
    pattern: '^[a-z0-9.-]{1,64}$',
    description:
      'Part of the name (what follows the ten random characters of a key), or with 6 characters and more the beginning of the key',
  }),
  visibility: visibility.optional(),
  sha256: z.string().optional().openapi({
    pattern: '^[0-9a-f]{64}$',
    description: 'Of the master: finds what is there already',
  }),
});

export const uploadForm = z.object({
  file: z.string().openapi({ format: 'binary', description: 'The image' }),
  filename: z.string().optional().openapi({ description: 'Becomes the readable part of the key' }),
});
