import { expectTypeOf, it } from 'vitest';
import type {
  AuraImageError,
  AuraImageErrorCode,
  AuraImageErrorDetails,
  BlurhashUrlOptions,
  buildBlurhashUrl,
  buildServeUrl,
  CookieOptions,
  Fit,
  Format,
  ImageInfo,
  ImageLocation,
  ImagePage,
  ListOptions,
  parseServeUrl,
  RenamedImage,
  ServeOptions,
  ServeUrlOptions,
  ShownOptions,
  SignedFolder,
  SignedUrlOptions,
  SignUploadOptions,
  TransformOptions,
  UploadFromUrlOptions,
  UploadResult,
} from './index.js';
import type {
  FolderServeClaims,
  ImageServeClaims,
  MAX_SERVE_TTL_SEC,
  MissingProjectNameError,
  SecretResolver,
  Secrets,
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

it('has options and results', () => {
  expectTypeOf<SignedUrlOptions>().toExtend<TransformOptions>();
  expectTypeOf<SignedUrlOptions['expiresIn']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<SignedUrlOptions['stableFor']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<SignedUrlOptions>().toExtend<ShownOptions>();
  expectTypeOf<SignedUrlOptions>().toExtend<ServeOptions>();
  expectTypeOf<ServeOptions['maxEdge']>().toEqualTypeOf<number | undefined>();
  expectTypeOf<ServeOptions['recipient']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<SignedFolder['url']>().returns.toEqualTypeOf<string>();
  expectTypeOf<CookieOptions['domain']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<ServeUrlOptions['token']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<SignedUrlOptions['cdnUrl']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<SignedUrlOptions['download']>().toEqualTypeOf<boolean | string | undefined>();
  expectTypeOf<{ visibilty: 'private' }>().not.toExtend<SignUploadOptions>();
  expectTypeOf<SignUploadOptions['name']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<SignUploadOptions['overwrite']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<SignUploadOptions['metadata']>().toEqualTypeOf<
    Readonly<Record<string, string>> | undefined
  >();
  expectTypeOf<UploadFromUrlOptions>().toEqualTypeOf<{
    readonly name?: string;
    readonly maxSize?: number | string;
    readonly visibility?: Visibility;
    readonly overwrite?: boolean;
    readonly timeout?: number;
  }>();
  expectTypeOf<ListOptions>().toEqualTypeOf<{
    readonly prefix?: string;
    readonly folders?: boolean;
    readonly search?: string;
    readonly visibility?: Visibility;
    readonly limit?: number;
    readonly cursor?: string;
  }>();
  expectTypeOf<ImagePage['images'][number]>().toEqualTypeOf<ImageInfo>();
  expectTypeOf<ImagePage['cursor']>().toEqualTypeOf<string | null>();
  expectTypeOf<ImageInfo>().toExtend<UploadResult>();
  expectTypeOf<ImageInfo['linksRevokedAt']>().toEqualTypeOf<string | null>();
  expectTypeOf<RenamedImage>().toEqualTypeOf<{ readonly key: string; readonly url: string }>();
  expectTypeOf<ImageLocation>().toEqualTypeOf<{
    readonly cdnUrl: string;
    readonly project: string;
    readonly name: string;
  }>();
  expectTypeOf<ServeUrlOptions['v']>().toEqualTypeOf<string | number | undefined>();
  expectTypeOf<typeof parseServeUrl>().returns.toEqualTypeOf<BlurhashUrlOptions | null>();
  expectTypeOf<typeof buildServeUrl>().parameter(0).toEqualTypeOf<ServeUrlOptions>();
  expectTypeOf<typeof buildBlurhashUrl>().parameter(0).toEqualTypeOf<BlurhashUrlOptions>();
  expectTypeOf<BlurhashUrlOptions['token']>().toEqualTypeOf<string | undefined>();
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
  expectTypeOf<Secrets>().toEqualTypeOf<string | readonly string[] | null | undefined>();
  expectTypeOf<MissingProjectNameError>().toExtend<AuraImageError>();
  expectTypeOf<typeof MAX_SERVE_TTL_SEC>().toExtend<number>();
});

it('has serve tokens for either an image or a folder', () => {
  expectTypeOf<{ p: string; f: string; exp: number }>().toExtend<ServeClaims>();
  expectTypeOf<{ p: string; d: string; exp: number; max: number }>().toExtend<ServeClaims>();
  expectTypeOf<{ p: string; f: string; d: string; exp: number }>().not.toExtend<ServeClaims>();
  expectTypeOf<{ p: string; exp: number }>().not.toExtend<ServeClaims>();
  expectTypeOf<ImageServeClaims['sub']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<FolderServeClaims['d']>().toEqualTypeOf<string>();
});
