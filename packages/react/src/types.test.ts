import type { DragEvent } from 'react';
import { expectTypeOf, it } from 'vitest';
import type {
  AuraImageProps,
  AuraImageSourceError,
  AuraProviderProps,
  AuraSettings,
  AuraUploaderProps,
  DropProps,
  GetSignature,
  InputProps,
  Placeholder,
  RenewalOptions,
  SignRequest,
  UploadError,
  UploadErrorKind,
  Uploader,
  UploaderOptions,
  UploadItem,
  UploadResult,
  Visibility,
} from './index.js';

it('has settings that every component takes', () => {
  expectTypeOf<AuraImageProps>().toExtend<AuraSettings>();
  expectTypeOf<AuraProviderProps>().toExtend<AuraSettings>();
  expectTypeOf<{ cdnUrl: string | undefined }>().toExtend<AuraSettings>();
  expectTypeOf<AuraImageSourceError>().toExtend<Error>();
});

it('has refreshUrl functions, sync and async', () => {
  expectTypeOf<AuraImageProps>().toExtend<RenewalOptions>();
  expectTypeOf<(expired: string) => Promise<string>>().toExtend<RenewalOptions['refreshUrl']>();
  expectTypeOf<() => string>().toExtend<RenewalOptions['refreshUrl']>();
  expectTypeOf<() => number>().not.toExtend<RenewalOptions['refreshUrl']>();
  expectTypeOf<'blur'>().not.toExtend<Placeholder>();
});

it('has uploaders with a source of tokens', () => {
  expectTypeOf<AuraUploaderProps>().toExtend<UploaderOptions>();
  expectTypeOf<UploaderOptions['signature']>().toEqualTypeOf<string | GetSignature>();
  expectTypeOf<UploaderOptions['maxSize']>().toEqualTypeOf<number | string | undefined>();
  expectTypeOf<UploaderOptions['project']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<AuraImageProps['telemetry']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<GetSignature>().parameter(0).toEqualTypeOf<File>();
  expectTypeOf<GetSignature>().returns.toEqualTypeOf<string | Promise<string>>();
  expectTypeOf<SignRequest>().toEqualTypeOf<{
    readonly filename: string;
    readonly size: number;
    readonly type: string;
    readonly project?: string;
    readonly visibility?: Visibility;
  }>();
});

it('has a hook with everything for a custom UI', () => {
  expectTypeOf<Uploader['items']>().toEqualTypeOf<readonly UploadItem[]>();
  expectTypeOf<Uploader['inputProps']>().toEqualTypeOf<InputProps>();
  expectTypeOf<Uploader['dropProps']>().toEqualTypeOf<DropProps>();
  expectTypeOf<DropProps['onDrop']>().parameters.toEqualTypeOf<[DragEvent]>();
  expectTypeOf<UploadItem['result']>().toEqualTypeOf<UploadResult | undefined>();
  expectTypeOf<UploadItem['error']>().toEqualTypeOf<UploadError | undefined>();
  expectTypeOf<UploadError['kind']>().toEqualTypeOf<UploadErrorKind>();
});
