export {
  type Fit,
  type Flip,
  type Format,
  type Gravity,
  InvalidSizeError,
  type Point,
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
} from './address.js';
export { AuraImage } from './aura-image.js';
export type { UploadResult } from './client/types.js';
export type { CookieOptions } from './cookie.js';
export { AuraImageError, type AuraImageErrorCode, type AuraImageErrorDetails } from './errors.js';
export type { AuraEvent, ImageEventData } from './events.js';
export type { ImageInfo, ImagePage, RenamedImage } from './images.js';
export type { ListOptions, SignUploadOptions } from './options.js';
export type { AuraImageSettings } from './settings.js';
export type { ServeOptions, ShownOptions, SignedFolder, SignedUrlOptions } from './signed-url.js';
export { type TransformOptions, transformUrl } from './transform-url.js';
export type { UploadFromUrlOptions } from './upload-from-url.js';
