/**
 * Sign and verify primitives, for backends that check tokens themselves.
 *
 * @example
 * import { verifyServeToken } from '@auraimage/sdk/server';
 * const verdict = await verifyServeToken(token, { p: 'my-app', f: key }, [serveSecret], now);
 */
export {
  CLOCK_ALLOWANCE_SECONDS,
  MAX_SERVE_SECONDS,
  MAX_TOKEN_LENGTH,
  MAX_VISIBILITY_TOKEN_SECONDS,
  MIN_SERVE_SECONDS,
  parseSize,
  type SecretKeyTokenRefusal,
  type SecretKeyTokenVerdict,
  type ServeClaims,
  type ServeTokenRefusal,
  type ServeTokenVerdict,
  signServeToken,
  signUploadToken,
  signVisibilityToken,
  type UploadClaims,
  type Visibility,
  type VisibilityClaims,
  verifySecretKeyToken,
  verifyServeToken,
} from '@auraimage/protocol';
