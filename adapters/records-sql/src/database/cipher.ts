import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
/** Most decrypted secrets in memory, by ciphertext. Nonces are unique, so ciphertexts are too. */
const MAX_CACHED = 10_000;

/** Contexts of the encrypted columns. Both serve secrets share one, because rotation copies the ciphertext. */
export const serveSecretContext = (projectId: string): string =>
  `projects.serve_secret:${projectId}`;
export const secretKeyContext = (id: string): string => `secret_keys.secret:${id}`;
/** Both secrets of a webhook share one, too. */
export const webhookSecretContext = (id: string): string => `webhooks.secret:${id}`;
export const secondFactorContext = (id: string): string => `second_factors.secret:${id}`;
export const receiptKeyContext = (id: string): string => `receipt_keys.private_key:${id}`;

/** Thrown when a secret was encrypted with another master key, or was tampered with. */
export class WrongMasterKeyError extends Error {
  readonly code = 'wrong_master_key';
  override readonly name = 'WrongMasterKeyError';
}

/** Encrypts secrets at rest. `context` binds a ciphertext to its row: it does not decrypt in another. */
export interface SecretCipher {
  encrypt(secret: string, context: string): Uint8Array;
  /** @throws {WrongMasterKeyError} */
  decrypt(text: Uint8Array, context: string): string;
}

/**
 * AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. Layout: version, key id (the first four bytes of
 * the master key's SHA-256), nonce, ciphertext, tag. The version, the key id and the context are
 * authenticated too.
 *
 * @param masterKey 32 bytes
 */
export function createSecretCipher(masterKey: Uint8Array): SecretCipher {
  if (masterKey.length !== 32) throw new RangeError('the master key must be 32 bytes');
  const keyId = createHash('sha256').update(masterKey).digest().subarray(0, KEY_ID_BYTES);
  const cache = new Map<string, string>();

  const associated = (header: Uint8Array, context: string) =>
    Buffer.concat([header.subarray(0, 1 + KEY_ID_BYTES), Buffer.from(context)]);

  const open = (text: Buffer, context: string): string => {
    const header = text.subarray(0, HEADER_BYTES);
    const known = header[0] === VERSION && header.subarray(1, 1 + KEY_ID_BYTES).equals(keyId);
    if (!known || text.length < HEADER_BYTES + TAG_BYTES) throw new WrongMasterKeyError(MESSAGE);
    const nonce = header.subarray(1 + KEY_ID_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associated(header, context)).setAuthTag(text.subarray(-TAG_BYTES));
    try {
      const body = text.subarray(HEADER_BYTES, -TAG_BYTES);
      return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new WrongMasterKeyError(MESSAGE, { cause });
    }
  };

  return {
    encrypt(secret, context) {
      const nonce = randomBytes(NONCE_BYTES);
      const header = Buffer.concat([Buffer.of(VERSION), keyId, nonce]);
      const options = { authTagLength: TAG_BYTES };
      const cipher = createCipheriv('aes-256-gcm', masterKey, nonce, options);
      cipher.setAAD(associated(header, context));
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([header, body, cipher.getAuthTag()]);
    },
    decrypt(bytes, context) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const name = `${context}\0${text.toString('latin1')}`;
      const known = cache.get(name);
      if (known !== undefined) return known;
      const secret = open(text, context);
      if (cache.size >= MAX_CACHED) cache.clear();
      cache.set(name, secret);
      return secret;
    },
  };
}

const MESSAGE =
  'cannot decrypt a secret in the database: set AURA_MASTER_KEY, or restore master.key, to the key that encrypted it';
