import type { ImageRecord } from '@auraimage/ports';
import { HIDDEN_TYPES, isGeneratedKey } from '@auraimage/protocol';
import { iso, time, whole, z } from './schemas.js';

export const visibility = z.enum(['public', 'private']);

/** The path parameters of an image's routes. */
export const imageParams = z.object({
  project: z.string().openapi({ example: 'my-app' }),
  key: z.string().openapi({
    description: 'The `key` that the upload returned, with its slashes as they are',
    example: 'abc123xyz0-photo.jpg',
  }),
});

/** The developer's own pairs. */
export const metadata = z.record(z.string(), z.string()).openapi({
  description:
    'At most 16 pairs: keys of 1 to 40 of `a-z`, `0-9`, `_` and `-`, texts as values, 2,048 bytes of JSON in all',
  example: { album: 'summer' },
});

const share = (side: string) =>
  z.number().openapi({
    minimum: 0,
    maximum: 1,
    description: `Share of the ${side}, rounded to four decimals`,
  });

/** The point that crops keep in view. */
export const focalPoint = z
  .object({ x: share('width, from the left'), y: share('height, from the top') })
  .openapi('FocalPoint', {
    description: 'A point of the picture as it is shown, with the EXIF orientation applied',
    example: { x: 0.3, y: 0.7 },
  });

const masterMembers = {
  url: z.string().openapi({
    description: 'URL without a token: works for a public image only',
    example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
  }),
  displayUrl: z.string().openapi({
    description:
      'What an `<img>` shows, without a token: `url`, or with `fmt=auto` where it gives a file that most browsers do not show (HEIC, TIFF, JPEG XL). Tokens and transforms are added to it as to `url`',
    example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
  }),
  key: z.string().openapi({ example: 'abc123xyz0-photo.jpg' }),
  name: z.string().openapi({ description: 'The key again', example: 'abc123xyz0-photo.jpg' }),
  filename: z.string().nullable().openapi({
    description: 'Name of the uploaded file; `null` if it had none',
    example: 'Photo.jpg',
  }),
  metadata,
  blurhash: z.string(),
  width: whole('Pixels, with the EXIF orientation applied'),
  height: whole('Pixels, with the EXIF orientation applied'),
  format: z.string().openapi({
    description: 'Format of the response to `url` without transform parameters',
    example: 'jpeg',
  }),
  masterFormat: z.string().openapi({ example: 'jpeg' }),
  size: whole('Size of the master in bytes'),
  visibility,
};

/** The response body of an upload. */
export const uploadedImage = z
  .object({
    ...masterMembers,
    receipt: z.string().optional().openapi({
      description:
        'Proof of the upload: a compact JWS (RFC 7515), signed with a key of `/.well-known/aura-keys.json`. Its claims are `iss`, `iat`, `project`, `key`, `sha256` and `size`. Absent only if it could not be signed',
    }),
  })
  .openapi('UploadedImage');

/** An image as the API returns it to the project's owner. */
export const image = z
  .object({
    ...masterMembers,
    sha256: z.string().openapi({ description: 'SHA-256 of the master: 64 hexadecimal digits' }),
    version: whole(
      '1 at upload, incremented by every change of the visibility, the name, the bytes and the focal point',
    ),
    focus: focalPoint.nullable().openapi({
      description:
        'What crops keep in view: those of `fit=cover` and `fit=auto`, and of `fit=face` where no face was found. `null`: nothing was chosen',
    }),
    uploadedAt: time(),
    linksRevokedAt: time(
      'Serve tokens issued before this time are revoked; `null`: none is',
    ).nullable(),
    signedUrl: z.string().nullable().openapi({
      description:
        'For private images, and for all images of a project that allows unsigned transforms by presets only: the URL with a serve token that is valid for at least an hour. Only for users who are signed in; `null` for secret keys and for other public images. The URL stays the same for up to 15 minutes, so that browsers can cache the image',
      example: 'https://cdn.example/my-app/abc123xyz0-photo.jpg?token=…',
    }),
    signedUrlExpiresAt: time('When `signedUrl` expires').nullable(),
  })
  .openapi('Image');

/**
 * The response body of an upload.
 *
 * @param publicUrl without a trailing slash
 *
 * @example
 * return answerJson(context, 'anyone', 201, toUploadedImage(record, 'https://cdn.example'));
 */
export function toUploadedImage(
  record: ImageRecord,
  publicUrl: string,
): z.infer<typeof uploadedImage> {
  const { project, key, fileName, metadata, blurhash, width, height, size, visibility } = record;
  const url = `${publicUrl}/${project}/${key}`;
  const format = plainFormat(record);
  return {
    url,
    displayUrl: HIDDEN_TYPES.has(`image/${format}`) ? `${url}?fmt=auto` : url,
    key,
    name: key,
    filename: fileName,
    metadata,
    blurhash,
    width,
    height,
    format,
    masterFormat: record.type.slice('image/'.length),
    size,
    visibility,
  };
}

/** Format of the response to a URL without options and without `Accept`: a name stands for a picture, not for a file. */
function plainFormat({ key, type, frames, hasAlpha }: ImageRecord): string {
  if (isGeneratedKey(key)) return type.slice('image/'.length);
  return frames > 1 ? 'gif' : hasAlpha ? 'png' : 'jpeg';
}

/**
 * An image as the API returns it to the project's owner.
 *
 * @param publicUrl without a trailing slash
 * @param signed a URL with a serve token, and when it expires (ISO 8601); `null` for none
 *
 * @example
 * const body = toImage(record, 'https://cdn.example', null);
 */
export function toImage(
  record: ImageRecord,
  publicUrl: string,
  signed: { readonly url: string; readonly expiresAt: string } | null,
): z.infer<typeof image> {
  const { sha256, version, focalPoint, focalPointChanges, createdAt, linksRevokedAt } = record;
  return {
    ...toUploadedImage(record, publicUrl),
    sha256,
    version: version + focalPointChanges,
    focus: focalPoint,
    uploadedAt: iso(createdAt),
    linksRevokedAt: linksRevokedAt === null ? null : iso(linksRevokedAt * 1000),
    signedUrl: signed?.url ?? null,
    signedUrlExpiresAt: signed?.expiresAt ?? null,
  };
}
