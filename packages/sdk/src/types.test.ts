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
  SecretKeyTokenRefusal,
  SecretKeyTokenVerdict,
  ServeClaims,
  ServeTokenRefusal,
  ServeTokenVerdict,
  signServeToken,
  UploadClaims,
  Visibility,
  VisibilityClaims,
  verifySecretKeyToken,
  verifyServeToken,
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

it('has verdicts with either claims or a reason', () => {
  expectTypeOf<typeof verifyServeToken>().returns.resolves.toEqualTypeOf<ServeTokenVerdict>();
  expectTypeOf<
    typeof verifySecretKeyToken
  >().returns.resolves.toEqualTypeOf<SecretKeyTokenVerdict>();
  type Good<T> = Extract<T, { ok: true }>;
  type Bad<T> = Extract<T, { ok: false }>;
  expectTypeOf<Good<ServeTokenVerdict>['claims']>().toEqualTypeOf<ServeClaims>();
  expectTypeOf<Good<ServeTokenVerdict>>().not.toHaveProperty('reason');
  expectTypeOf<Bad<ServeTokenVerdict>['reason']>().toEqualTypeOf<ServeTokenRefusal>();
  expectTypeOf<Good<SecretKeyTokenVerdict>['claims']>().toEqualTypeOf<
    UploadClaims | VisibilityClaims
  >();
  expectTypeOf<Bad<SecretKeyTokenVerdict>['reason']>().toEqualTypeOf<SecretKeyTokenRefusal>();
  expectTypeOf<Bad<SecretKeyTokenVerdict>>().not.toHaveProperty('claims');
});
