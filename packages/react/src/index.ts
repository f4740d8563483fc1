export type {
  Fit,
  Flip,
  Format,
  Gravity,
  TransformOptions,
  UploadResult,
  Visibility,
} from '@auraimage/sdk/client';
export { UploadError, type UploadErrorKind } from '@auraimage/sdk/client';
export { AuraImage, type AuraImageProps } from './aura-image.js';
export { AuraUploader, type AuraUploaderProps, type UploaderLabels } from './aura-uploader.js';
export {
  getImageProps,
  type ImageAttributes,
  type ImageOptions,
  type ImageTransform,
} from './image-props.js';
export type { AuraSettings } from './image-source.js';
export { AuraImageSourceError } from './image-source.js';
export type { Placeholder } from './placeholder.js';
export { AuraProvider, type AuraProviderProps } from './provider.js';
export type { SignRequest } from './sign-endpoint.js';
export type { UploadItem } from './upload-queue.js';
export type { RefreshUrls } from './url-batch.js';
export {
  type GetSignature,
  type InputProps,
  type Uploader,
  type UploaderOptions,
  useAuraUploader,
} from './use-aura-uploader.js';
export type { DropProps } from './use-drop-and-paste.js';
export type { RenewalOptions } from './use-renewed-url.js';
