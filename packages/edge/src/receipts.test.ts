import { createRouter, type RequestContext } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type { ReceiptSigningKey } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signUploadToken } from '@auraimage/protocol';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  jwtVerify,
} from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { EdgePorts } from './ports.js';
import { createSignReceipt, receiptKeysRoute } from './receipts.js';
import { uploadRoute } from './upload/route.js';

const PUBLIC_URL = 'https://cdn.example';
const PNG = new Uint8Array(64);
PNG.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const IMAGE = row(
  newImage('my-app', 1, {
    size: 2048,
    key: 'users/42/a',
    sha256: 'ab'.repeat(32),
    createdAt: 1_900_000_000_999,
  }),
);
const CLAIMS = {
  iss: PUBLIC_URL,
  iat: 1_900_000_000,
  project: 'my-app',
  key: 'users/42/a',
  sha256: 'ab'.repeat(32),
  size: 2048,
};

async function makeKey(id: string): Promise<ReceiptSigningKey> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  const { x = '', d = '' } = await exportJWK(privateKey);
  return { id, publicKey: x, privateKey: d };
}

let keys: ReceiptSigningKey[];
let receiptKeys: EdgePorts['receiptKeys'];
let context: RequestContext;
beforeEach(async () => {
  keys = [await makeKey('first')];
  receiptKeys = {
    signingKey: async () => keys[0] as ReceiptSigningKey,
    publicKeys: async () => keys,
  };
  context = testContext({ host: 'cdn' });
});

const getKeys = (method = 'GET') =>
  createRouter([receiptKeysRoute({ receiptKeys })]).fetch(
    new Request(`${PUBLIC_URL}/.well-known/aura-keys.json`, { method }),
    context,
  );
const keySet = async () => createLocalJWKSet((await (await getKeys()).json()) as JSONWebKeySet);

describe('a receipt', () => {
  it('names the stored bytes, and is verified with the published keys', async () => {
    const receipt = await createSignReceipt({ receiptKeys }, { publicUrl: PUBLIC_URL })(IMAGE);
    const header = { alg: 'EdDSA', kid: 'first', typ: 'aura-receipt+jwt' };
    expect(decodeProtectedHeader(receipt)).toEqual(header);
    const { payload } = await jwtVerify(receipt, await keySet());
    expect(payload).toEqual(CLAIMS);
  });

  it('stays valid after a rotation, and later ones have the new key', async () => {
    const sign = createSignReceipt({ receiptKeys }, { publicUrl: PUBLIC_URL });
    const before = await sign(IMAGE);
    keys.unshift(await makeKey('second'));
    const after = await sign(IMAGE);
    expect(decodeProtectedHeader(after).kid).toBe('second');
    for (const receipt of [before, after]) {
      expect((await jwtVerify(receipt, await keySet())).payload).toEqual(CLAIMS);
    }
  });
});

describe('the key set', () => {
  it('has public halves only, for every page and for a bounded time', async () => {
    keys.push(await makeKey('earlier'));
    const response = await getKeys();
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      keys: keys.map(({ id: kid, publicKey: x }) => {
        return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
      }),
    });
    for (const { privateKey } of keys) expect(text).not.toContain(privateKey);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    });
    expect((await getKeys('HEAD')).status).toBe(200);
    const post = await getKeys('POST');
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('an upload', () => {
  /** Uploads a file to a store that takes everything. */
  async function upload() {
    const secret = 'sk_live_test';
    const policy = {
      projectId: 'p1',
      secretKeys: [{ id: 'key', internal: false, name: 'key', secret }],
    };
    const ports = {
      receiptKeys,
      projects: {
        uploadPolicy: async () => ({
          ...policy,
          allowedOrigins: [],
          quotaBytes: null,
          usedBytes: 0,
        }),
      },
      images: { find: async () => null, insert: async () => ({ image: IMAGE, replaced: null }) },
      objects: {
        create: async () => ({
          write: async () => {},
          readBack: async () => ({}),
          commit: async () => ({ id: 'object', size: 2048, sha256: IMAGE.sha256 }),
          discard: async () => {},
        }),
      },
      receiver: {
        async receive(_: Request, __: object, onChunk: (chunk: Uint8Array) => Promise<void>) {
          await onChunk(PNG);
          return { filename: 'a.png' };
        },
      },
      engine: { inspect: async () => ({ ok: true, type: 'image/png' }) },
      encodeBudget: { check: async () => null, spend: async () => {} },
      uploadRate: { consume: async () => 0 },
      clock: { now: () => 1_900_000_000_000 },
    } as unknown as EdgePorts;
    const route = uploadRoute(ports, {
      publicUrl: PUBLIC_URL,
      maxUploadBytes: 10_000,
      maxConcurrentUploads: 1,
      bodyIdleMs: 1000,
      bodyTotalMs: 1000,
      variantSizes: [],
      maxVariantsPerImage: 1,
      onFailure: () => {},
      isDraining: () => false,
    });
    const [iat, exp] = [1_900_000_000, 1_900_000_060];
    const claims = { projectName: 'my-app', maxSize: 5000, allowedTypes: ['image/*'], iat, exp };
    const headers = { 'X-Aura-Signature': await signUploadToken(claims, secret) };
    const request = new Request(`${PUBLIC_URL}/v1/upload`, { method: 'POST', headers });
    const response = await createRouter([route]).fetch(request, context);
    return { status: response.status, body: (await response.json()) as { receipt?: string } };
  }

  it('is answered with its receipt', async () => {
    const { status, body } = await upload();
    expect(status).toBe(201);
    expect((await jwtVerify(body.receipt ?? '', await keySet())).payload).toEqual(CLAIMS);
  });

  it('that is stored is answered even if its receipt cannot be signed', async () => {
    const failure = new Error('no key');
    receiptKeys = { ...receiptKeys, signingKey: () => Promise.reject(failure) };
    const { status, body } = await upload();
    expect([status, body]).toEqual([201, expect.objectContaining({ key: 'users/42/a' })]);
    expect(body).not.toHaveProperty('receipt');
    expect(context.facts.failure).toBe(failure);
  });
});
