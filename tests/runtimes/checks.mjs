import { AuraImage } from '@auraimage/sdk';
import {
  signServeToken,
  signUploadToken,
  verifyServeToken,
  verifyUploadToken,
} from '@auraimage/sdk/server';

// Runs inside each runtime with web standards only. It asserts nothing: the test checks the report.

/**
 * @param {import('./report.js').Task} task
 * @returns {Promise<import('./report.js').Report>}
 */
export async function runChecks({ vectors, now }) {
  const webSignatures = countWebSignatures();
  const results = [];
  for (const { kind, secret, payloadJson, token } of vectors) {
    const claims = JSON.parse(payloadJson);
    const sign = kind === 'serve' ? signServeToken : signUploadToken;
    const verify = (/** @type {string} */ text, at = now) =>
      kind === 'serve'
        ? verifyServeToken(text, secret, { now: at })
        : verifyUploadToken(text, secret, { now: at });
    const signed = await sign(claims, secret);
    results.push({
      signed,
      vector: await verify(token),
      own: await verify(signed),
      late: await verify(token, claims.exp + 1),
      tampered: await verify(`A${token.slice(1)}`),
    });
  }
  const url = await signedUrl();
  return { runtime: runtime(), results, url, webSignatures: webSignatures() };
}

function signedUrl() {
  const aura = new AuraImage({
    secretKey: 'sk_live_runtimes',
    serveSecret: 'psk_live_runtimes',
    projectName: 'my-app',
    cdnUrl: 'https://cdn.example',
  });
  return aura.getSignedUrl('abc123xyz0-photo.jpg', { expiresIn: 600 });
}

/** Counts every WebCrypto signature, which shows which HMAC is used. */
function countWebSignatures() {
  const { subtle } = crypto;
  const sign = subtle.sign;
  let count = 0;
  Object.defineProperty(subtle, 'sign', {
    configurable: true,
    value: (/** @type {Parameters<typeof sign>} */ ...args) => {
      count += 1;
      return sign.apply(subtle, args);
    },
  });
  return () => {
    Object.defineProperty(subtle, 'sign', { configurable: true, value: sign });
    return count;
  };
}

function runtime() {
  const scope = /** @type {{ Bun?: unknown, navigator?: { userAgent?: string } }} */ (globalThis);
  if (scope.Bun !== undefined) return 'Bun';
  if (scope.navigator?.userAgent === 'Cloudflare-Workers') return 'workerd';
  return globalThis.process?.release?.name === 'node' ? 'Node' : 'unknown';
}
