/**
 * The browser part: uploads and transform URLs. It holds no secret and signs nothing; your server
 * signs the tokens.
 *
 * @example
 * import { uploadOne } from '@auraimage/sdk/client';
 * const { key } = await uploadOne(file, { url: 'https://cdn.example', token });
 */
export {
  type Fit,
  type Flip,
  type Format,
  type Gravity,
  InvalidSizeError,
  parseSize,
  type Visibility,
} from '@auraimage/protocol';
export {
  type BlurhashUrlOptions,
  buildBlurhashUrl,
  buildServeUrl,
  type ImageLocation,
  parseServeUrl,
  type ServeUrlOptions,
} from '../address.js';
export { type TransformOptions, transformUrl } from '../transform-url.js';
export type { UploadOptions, UploadProgress, UploadResult, UploadTokenFunction } from './types.js';
export { UploadError, type UploadErrorDetails, type UploadErrorKind } from './upload-error.js';
export {
  type UploadManyOptions,
  type UploadManyResult,
  type UploadOutcome,
  uploadMany,
} from './upload-many.js';
export { type UploadOneOptions, uploadOne } from './upload-one.js';
