export {
  type Fit,
  type Format,
  InvalidSizeError,
  parseSize,
  type Visibility,
} from '@auraimage/protocol';
export { AuraImage } from './aura-image.js';
export { AuraImageError, type AuraImageErrorCode, type AuraImageErrorDetails } from './errors.js';
export type { SignedUrlOptions, SignUploadOptions, UrlOptions } from './options.js';
export type { AuraImageSettings } from './settings.js';
export { type TransformOptions, transformUrl } from './transform-url.js';
