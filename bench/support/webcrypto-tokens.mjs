/**
 * Serve tokens in a simple implementation with WebCrypto: nothing is cached between calls, so each call imports its
 * key. It has the same format as ours but fewer checks: it accepts non-canonical base64url and any claims.
 *
 * @typedef {{ p: string, f: string, exp: number, iat: number }} ServeClaims
 */

/**
 * @param {ServeClaims} claims
 * @param {string} secret
 */
export async function signWithWebCrypto(claims, secret) {
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url');
  const key = await importKey(secret, 'sign');
  const signature = await crypto.subtle.sign('HMAC', key, Buffer.from(payload));
  return `${payload}.${Buffer.from(signature).toString('base64url')}`;
}

/**
 * @param {string} token
 * @param {{ p: string, f: string }} expected
 * @param {string} secret
 * @param {number} now whole Unix seconds
 */
export async function verifyWithWebCrypto(token, expected, secret, now) {
  const [payload = '', signature = ''] = token.split('.');
  const key = await importKey(secret, 'verify');
  const bytes = Buffer.from(signature, 'base64url');
  if (!(await crypto.subtle.verify('HMAC', key, bytes, Buffer.from(payload)))) return false;
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return claims.p === expected.p && claims.f === expected.f && claims.exp >= now;
}

/**
 * @param {string} secret
 * @param {'sign' | 'verify'} use
 */
function importKey(secret, use) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, [use]);
}
