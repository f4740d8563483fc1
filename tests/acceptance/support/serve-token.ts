import { createHmac } from 'node:crypto';

/**
 * A token by contract and signature spec, made without the SDK: any `payload` is signed, valid or not. A string or
 * bytes are used unchanged, anything else as JSON.
 */
export function handToken(payload: unknown, secret: string): string {
  const bytes =
    typeof payload === 'string' || payload instanceof Uint8Array
      ? Buffer.from(payload)
      : Buffer.from(JSON.stringify(payload));
  return signText(bytes.toString('base64url'), secret);
}

/** Signs a text as payload. */
export function signText(payload: string, secret: string): string {
  return `${payload}.${createHmac('sha256', secret).update(payload).digest('base64url')}`;
}

/** Whole Unix seconds. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
