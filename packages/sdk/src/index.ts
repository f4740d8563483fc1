export { InvalidSizeError, parseSize, type Visibility } from '@auraimage/protocol';
export { AuraImage } from './aura-image.js';
export { AuraImageError, type AuraImageErrorCode, type AuraImageErrorDetails } from './errors.js';
export type { SignedUrlOptions, SignUploadOptions } from './options.js';
export type { AuraImageSettings } from './settings.js';
