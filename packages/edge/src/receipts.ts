import { answerJson, defineRawRoute, everyone, type Route, z } from '@auraimage/http';
import type { ImageRecord, ReceiptSigningKey } from '@auraimage/ports';
import {
  RECEIPT_ALGORITHM,
  RECEIPT_KEYS_PATH,
  RECEIPT_TYPE,
  type ReceiptClaims,
} from '@auraimage/protocol';
import { SignJWT } from 'jose/jwt/sign';
import { importJWK } from 'jose/key/import';
import type { EdgeOptions } from './options.js';
import type { EdgePorts } from './ports.js';

/** How long a copy of the key set may be used: the longest time until every verifier knows a new key. */
const KEYS_MAX_AGE_SECONDS = 300;

/** Signs the receipt of a stored image: a compact JWS (RFC 7515). */
export type SignReceipt = (image: ImageRecord) => Promise<string>;

export function createSignReceipt(
  { receiptKeys }: Pick<EdgePorts, 'receiptKeys'>,
  { publicUrl }: Pick<EdgeOptions, 'publicUrl'>,
): SignReceipt {
  let imported: { readonly id: string; readonly key: ReturnType<typeof importKey> } | undefined;
  return async ({ project, key, sha256, size, createdAt }) => {
    // Asked for each time, so that a rotation applies at once. An upload takes far longer.
    const signing = await receiptKeys.signingKey();
    if (imported?.id !== signing.id) imported = { id: signing.id, key: importKey(signing) };
    const iat = Math.floor(createdAt / 1000);
    const claims: ReceiptClaims = { iss: publicUrl, iat, project, key, sha256, size };
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: RECEIPT_ALGORITHM, kid: signing.id, typ: RECEIPT_TYPE })
      .sign(await imported.key);
  };
}

const importKey = ({ publicKey: x, privateKey: d }: ReceiptSigningKey) =>
  importJWK({ kty: 'OKP', crv: 'Ed25519', x, d }, RECEIPT_ALGORITHM);

const keySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.literal('OKP'),
        crv: z.literal('Ed25519'),
        x: z.string().openapi({ description: 'The public key: 32 bytes in base64url' }),
        kid: z.string().openapi({ description: 'Its JWK thumbprint (RFC 7638)' }),
        use: z.literal('sig'),
        alg: z.literal(RECEIPT_ALGORITHM),
      }),
    ),
  })
  .openapi('JwkSet');

/** `GET /.well-known/aura-keys.json`: the public keys of all receipts, as a JWK set (RFC 7517, RFC 8037). */
export function receiptKeysRoute({ receiptKeys }: Pick<EdgePorts, 'receiptKeys'>): Route {
  return defineRawRoute({
    method: 'GET',
    path: RECEIPT_KEYS_PATH,
    // The host in the receipts' `iss`.
    hosts: ['cdn'],
    access: everyone,
    cors: {},
    doc: {
      operationId: 'getReceiptKeys',
      tags: ['Images'],
      summary: 'Get the keys of receipts',
      description:
        'A JWK set (RFC 7517): the Ed25519 key that signs the receipts of uploads, and earlier ones, newest first.',
    },
    success: { status: 200, schema: keySet, description: 'The public keys' },
    async raw({ context }) {
      const keys = await receiptKeys.publicKeys();
      const body: z.infer<typeof keySet> = {
        keys: keys.map(({ id: kid, publicKey: x }) => ({
          kty: 'OKP',
          crv: 'Ed25519',
          x,
          kid,
          use: 'sig',
          alg: RECEIPT_ALGORITHM,
        })),
      };
      const headers = { 'Cache-Control': `public, max-age=${KEYS_MAX_AGE_SECONDS}` };
      return answerJson(context, 'anyone', 200, body, headers);
    },
  });
}
