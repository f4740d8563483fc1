import { expectTypeOf, it } from 'vitest';
import type {
  AuraImageError,
  AuraImageErrorCode,
  AuraImageErrorDetails,
  Fit,
  Format,
  SignedUrlOptions,
  UrlOptions,
} from './index.js';
import type {
  FolderServeClaims,
  ImageServeClaims,
  SecretResolver,
  ServeClaims,
  signServeToken,
  UploadClaims,
  VerifyOptions,
  VerifyServeOptions,
  Visibility,
  VisibilityClaims,
  verifyServeToken,
  verifyUploadToken,
} from './server.js';

it('has the same options for URLs wherever they are signed', () => {
  expectTypeOf<SignedUrlOptions>().toEqualTypeOf<{
    readonly expiresIn?: number;
    readonly stableFor?: number;
    readonly cdnUrl?: string;
  }>();
  expectTypeOf<UrlOptions['signed']>().toEqualTypeOf<
    boolean | Omit<SignedUrlOptions, 'cdnUrl'> | undefined
  >();
  expectTypeOf<Fit>().toEqualTypeOf<'cover' | 'contain' | 'face' | 'auto'>();
  expectTypeOf<Format>().toEqualTypeOf<'auto' | 'avif' | 'webp' | 'jpeg' | 'png' | 'original'>();
});

it('has errors with a code', () => {
  expectTypeOf<AuraImageError['code']>().toEqualTypeOf<AuraImageErrorCode>();
  expectTypeOf<AuraImageErrorDetails['status']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<AuraImageErrorDetails['serverCode']>().toEqualTypeOf<string | undefined>();
});

it('has claims that are not assignable to one another', () => {
  expectTypeOf<typeof signServeToken>().parameter(0).toEqualTypeOf<ServeClaims>();
  expectTypeOf<ServeClaims['iat']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<UploadClaims>().not.toHaveProperty('act');
  expectTypeOf<UploadClaims>().not.toExtend<VisibilityClaims>();
  expectTypeOf<VisibilityClaims>().not.toExtend<UploadClaims>();
  expectTypeOf<VisibilityClaims['act']>().toEqualTypeOf<'visibility'>();
  expectTypeOf<VisibilityClaims['visibility']>().toEqualTypeOf<Visibility>();
});

it('verifies to claims or null', () => {
  expectTypeOf<typeof verifyServeToken>().returns.resolves.toEqualTypeOf<ServeClaims | null>();
  expectTypeOf<typeof verifyServeToken>()
    .parameter(2)
    .toEqualTypeOf<VerifyServeOptions | undefined>();
  expectTypeOf<typeof verifyUploadToken>().returns.resolves.toEqualTypeOf<UploadClaims | null>();
  expectTypeOf<typeof verifyUploadToken>().parameter(1).toEqualTypeOf<string | SecretResolver>();
  expectTypeOf<typeof verifyUploadToken>().parameter(2).toEqualTypeOf<VerifyOptions | undefined>();
  expectTypeOf<(name: string) => Promise<string[]>>().toExtend<SecretResolver>();
  expectTypeOf<(name: string) => Promise<string>>().toExtend<SecretResolver>();
});

it('has serve tokens for either an image or a folder', () => {
  expectTypeOf<{ p: string; f: string; exp: number }>().toExtend<ServeClaims>();
  expectTypeOf<{ p: string; d: string; exp: number; max: number }>().toExtend<ServeClaims>();
  expectTypeOf<{ p: string; f: string; d: string; exp: number }>().not.toExtend<ServeClaims>();
  expectTypeOf<{ p: string; exp: number }>().not.toExtend<ServeClaims>();
  expectTypeOf<ImageServeClaims['sub']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<FolderServeClaims['d']>().toEqualTypeOf<string>();
});
