import { expectTypeOf, it } from 'vitest';
import type {
  Fit,
  Format,
  TransformOptions,
  UploadError,
  UploadErrorDetails,
  UploadErrorKind,
  UploadManyOptions,
  UploadManyResult,
  UploadOneOptions,
  UploadOptions,
  UploadOutcome,
  UploadProgress,
  UploadResult,
  UploadTokenFunction,
} from './index.js';

it('has options for client behaviour only', () => {
  expectTypeOf<UploadOneOptions>().toExtend<UploadOptions>();
  expectTypeOf<UploadManyOptions>().toExtend<UploadOptions>();
  expectTypeOf<UploadOptions['token']>().toEqualTypeOf<string | UploadTokenFunction>();
  expectTypeOf<(file: Blob) => string>().toExtend<UploadTokenFunction>();
  expectTypeOf<() => Promise<number>>().not.toExtend<UploadTokenFunction>();
  expectTypeOf<UploadOneOptions>().not.toHaveProperty('secretKey');
  expectTypeOf<NonNullable<UploadManyOptions['filename']>>().returns.toEqualTypeOf<string>();
  expectTypeOf<NonNullable<UploadManyOptions['onItemProgress']>>().parameters.toEqualTypeOf<
    [UploadProgress, number, Blob]
  >();
  expectTypeOf<NonNullable<UploadManyOptions['onItemSettled']>>().parameters.toEqualTypeOf<
    [UploadOutcome, number, Blob]
  >();
});

it('has outcomes that one member discriminates', () => {
  expectTypeOf<Extract<UploadOutcome, { ok: true }>['result']>().toEqualTypeOf<UploadResult>();
  expectTypeOf<Extract<UploadOutcome, { ok: false }>['error']>().toEqualTypeOf<UploadError>();
  expectTypeOf<keyof UploadManyResult>().toEqualTypeOf<'results' | 'errors'>();
  expectTypeOf<UploadErrorKind>().toEqualTypeOf<
    | 'aborted'
    | 'network'
    | 'rate_limited'
    | 'draining'
    | 'rejected'
    | 'server'
    | 'token'
    | 'unexpected'
  >();
  expectTypeOf<UploadError>().toExtend<Error & Omit<UploadErrorDetails, 'cause'>>();
  expectTypeOf<UploadError['transient']>().toEqualTypeOf<boolean>();
});

it('has the transforms of the server', () => {
  expectTypeOf<TransformOptions['fit']>().toEqualTypeOf<Fit | undefined>();
  expectTypeOf<TransformOptions['format']>().toEqualTypeOf<Format | undefined>();
});
