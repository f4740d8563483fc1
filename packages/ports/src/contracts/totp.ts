const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * The code that an authenticator app shows (RFC 6238, with the values that all apps have: SHA-1, 30 seconds, six
 * digits).
 *
 * @param secret in base32
 * @param now Unix milliseconds
 */
export async function totp(secret: string, now: number): Promise<string> {
  const bits = [...secret].map((each) => ALPHABET.indexOf(each).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const algorithm = { name: 'HMAC', hash: 'SHA-1' };
  const raw = Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2));
  const key = await crypto.subtle.importKey('raw', raw, algorithm, false, ['sign']);
  const step = new DataView(new ArrayBuffer(8));
  step.setBigUint64(0, BigInt(Math.floor(now / 30_000)));
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, step.buffer));
  const number = mac.getUint32(mac.getUint8(19) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Six digits that are no code of the secret within some steps of a time. */
export async function wrongTotp(secret: string, now: number): Promise<string> {
  const steps = [-3, -2, -1, 0, 1, 2, 3, 4];
  const codes = await Promise.all(steps.map((step) => totp(secret, now + step * 30_000)));
  const candidates = Array.from({ length: steps.length + 1 }, (_, n) => `${n}`.repeat(6));
  return candidates.find((code) => !codes.includes(code)) ?? '';
}
