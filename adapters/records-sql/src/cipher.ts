import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

const VERSION = 1;
const KEY_ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES;
/** Decrypted secrets remembered, by ciphertext: a nonce is never used twice, so neither is a text. */
const MAX_REMEMBERED = 10_000;

/** Thrown when a secret was encrypted under another master key, or was tampered with. */
export class WrongMasterKeyError extends Error {
  readonly code = 'wrong_master_key';
  override readonly name = 'WrongMasterKeyError';
}

/** Encrypts secrets at rest. `place` binds a text to its row: it decrypts nowhere else. */
export interface SecretCipher {
  encrypt(secret: string, place: string): Uint8Array;
  /** @throws {WrongMasterKeyError} */
  decrypt(text: Uint8Array, place: string): string;
}

/**
 * AES-256-GCM (NIST SP 800-38D) under a random 96-bit nonce. Layout: version, key id (the first four
 * bytes of the master key's SHA-256), nonce, ciphertext, tag. The header and the place are
 * authenticated too.
 *
 * @param masterKey 32 bytes
 */
export function createSecretCipher(masterKey: Uint8Array): SecretCipher {
  if (masterKey.length !== 32) throw new RangeError('the master key must be 32 bytes');
  const keyId = createHash('sha256').update(masterKey).digest().subarray(0, KEY_ID_BYTES);
  const remembered = new Map<string, string>();

  const associated = (header: Uint8Array, place: string) =>
    Buffer.concat([header.subarray(0, 1 + KEY_ID_BYTES), Buffer.from(place)]);

  const open = (text: Buffer, place: string): string => {
    const header = text.subarray(0, HEADER_BYTES);
    const known = header[0] === VERSION && header.subarray(1, 1 + KEY_ID_BYTES).equals(keyId);
    if (!known || text.length < HEADER_BYTES + TAG_BYTES) throw new WrongMasterKeyError(ADVICE);
    const nonce = header.subarray(1 + KEY_ID_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', masterKey, nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associated(header, place)).setAuthTag(text.subarray(-TAG_BYTES));
    try {
      const body = text.subarray(HEADER_BYTES, -TAG_BYTES);
      return decipher.update(body, undefined, 'utf8') + decipher.final('utf8');
    } catch (cause) {
      throw new WrongMasterKeyError(ADVICE, { cause });
    }
  };

  return {
    encrypt(secret, place) {
      const nonce = randomBytes(NONCE_BYTES);
      const header = Buffer.concat([Buffer.of(VERSION), keyId, nonce]);
      const options = { authTagLength: TAG_BYTES };
      const cipher = createCipheriv('aes-256-gcm', masterKey, nonce, options);
      cipher.setAAD(associated(header, place));
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([header, body, cipher.getAuthTag()]);
    },
    decrypt(bytes, place) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const name = `${place}\0${text.toString('latin1')}`;
      const kept = remembered.get(name);
      if (kept !== undefined) return kept;
      const secret = open(text, place);
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(name, secret);
      return secret;
    },
  };
}

const ADVICE =
  'a secret in the database cannot be decrypted: AURA_MASTER_KEY or master.key is not the one it was encrypted under';
