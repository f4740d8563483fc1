import { createHash, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const PHOTO = Buffer.from('the bytes of a photo');
const SHA256 = createHash('sha256').update(PHOTO).digest('hex');
const ELSEWHERE = 'https://elsewhere.example';

interface Key {
  readonly id: string;
  readonly privateKey: KeyObject;
}
const makeKey = (id: string): Key => ({ id, ...generateKeyPairSync('ed25519') });
const jwkOf = ({ id: kid, privateKey }: Key) => {
  const { x } = privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
};

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const headerOf = ({ id: kid }: Key) => ({ alg: 'EdDSA', kid, typ: 'aura-receipt+jwt' });

/** Signs a receipt by hand: with what no library would sign as well. */
function receiptOf(key: Key, claims: object = {}, header: object = {}): string {
  const facts = { iss: server.url, iat: 1_900_000_000, project: 'my-app', key: 'users/42/a' };
  const payload = { ...facts, sha256: SHA256, size: PHOTO.length, ...claims };
  const text = `${part({ ...headerOf(key), ...header })}.${part(payload)}`;
  return `${text}.${sign(null, Buffer.from(text), key.privateKey).toString('base64url')}`;
}

let key: Key;
let server: FakeServer;
let sandbox: Sandbox;
beforeEach(async () => {
  key = makeKey('first');
  server = await startFakeServer({
    'GET /.well-known/aura-keys.json': () => ({ body: { keys: [jwkOf(key)] } }),
  });
  sandbox = await createSandbox(server.url);
  await put('photo.jpg', PHOTO);
  await put('keys.json', JSON.stringify({ keys: [jwkOf(key)] }));
  await put('receipt.json', JSON.stringify({ url: 'x', receipt: receiptOf(key) }));
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const put = (name: string, content: Uint8Array | string) =>
  writeFile(join(sandbox.cwd, name), content);
const verify = (...args: string[]) => sandbox.run(['verify', ...args]);

/** Verifies a receipt that must be refused. */
async function refused(receipt: string, ...args: string[]) {
  await put('wrong.json', receipt);
  const { exit, out, err } = await verify('wrong.json', 'photo.jpg', ...args);
  expect([exit, out]).toEqual([1, '']);
  expect(err).not.toMatch(/^\s+at /m);
  return err;
}

describe('aura verify', () => {
  it('says which server stored the file when and as what', async () => {
    const { exit, out, err } = await verify('receipt.json', 'photo.jpg');
    expect([exit, err]).toEqual([0, '']);
    expect(out).toMatch(/^verified {2}photo\.jpg is the file that was uploaded, 20 bytes$/m);
    for (const fact of [server.url, 'my-app/users/42/a', '2030-03-17T17:46:40.000Z', SHA256]) {
      expect(out).toContain(fact);
    }
    await put('receipt.txt', `${receiptOf(key)}\n`);
    const json = await verify('receipt.txt', 'photo.jpg', '--json');
    expect(JSON.parse(json.out)).toEqual({
      ok: true,
      file: 'photo.jpg',
      issuer: server.url,
      project: 'my-app',
      key: 'users/42/a',
      sha256: SHA256,
      size: 20,
      uploadedAt: '2030-03-17T17:46:40.000Z',
    });
  });

  it('sends no request with saved keys, whose server it then trusts', async () => {
    const { exit } = await verify('receipt.json', 'photo.jpg', '--keys', 'keys.json');
    expect([exit, server.received.length]).toEqual([0, 0]);
    await put('moved.json', receiptOf(key, { iss: ELSEWHERE }));
    const moved = await verify('moved.json', 'photo.jpg', '--keys', 'keys.json');
    expect([moved.exit, moved.out]).toEqual([0, expect.stringContaining(ELSEWHERE)]);
    const pinned = ['--keys', 'keys.json', '--issuer', server.url];
    expect(await refused(receiptOf(key, { iss: ELSEWHERE }), ...pinned)).toContain(
      'receipt_issuer',
    );
  });

  it('uses the keys of the last time when the server does not answer, and says so', async () => {
    await verify('receipt.json', 'photo.jpg');
    await server.close();
    const again = await verify('receipt.json', 'photo.jpg');
    expect([again.exit, again.err]).toEqual([0, expect.stringContaining('using its keys of')]);
    server = await startFakeServer({});
    const unknown = await verify('receipt.json', 'photo.jpg', '--issuer', 'http://127.0.0.1:1');
    expect(unknown.exit).toBe(1);
  });

  it('asks only the server that the person names, never the one in the receipt', async () => {
    const attacker = makeKey('attacker');
    const other = await startFakeServer({
      'GET /.well-known/aura-keys.json': () => ({ body: { keys: [jwkOf(attacker)] } }),
    });
    try {
      const err = await refused(receiptOf(attacker, { iss: other.url }));
      expect(err).toContain(`The receipt is of ${other.url}, not of ${server.url}`);
      expect(err).toContain('receipt_issuer_wrong');
      // With our name in it, the signature is of a key that we do not have.
      expect(await refused(receiptOf(attacker))).toContain('receipt_key_unknown');
      expect(await refused(receiptOf({ ...attacker, id: key.id }))).toContain('receipt_signature');
      expect(other.received).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it('refuses other algorithms, types and claims, whoever signed them', async () => {
    const unsigned = `${part({ ...headerOf(key), alg: 'none' })}.${receiptOf(key).split('.')[1]}.`;
    expect(await refused(unsigned)).toContain('receipt_malformed');
    // The public key as the secret of an HMAC.
    const { x = '' } = jwkOf(key);
    const text = `${part({ ...headerOf(key), alg: 'HS256' })}.${receiptOf(key).split('.')[1]}`;
    const mac = createHmac('sha256', Buffer.from(x, 'base64url')).update(text).digest('base64url');
    expect(await refused(`${text}.${mac}`)).toContain('receipt_malformed');
    const keys = { keys: [{ kty: 'oct', k: x, kid: key.id, alg: 'HS256' }] };
    await put('oct.json', JSON.stringify(keys));
    await refused(`${text}.${mac}`, '--keys', 'oct.json');
    for (const header of [{ typ: 'JWT' }, { typ: undefined }, { crit: ['x'], x: 1 }]) {
      expect(await refused(receiptOf(key, {}, header))).toContain('receipt_malformed');
    }
    for (const claims of [{ size: '20' }, { sha256: SHA256.toUpperCase() }, { iat: 'now' }]) {
      expect(await refused(receiptOf(key, claims))).toContain('receipt_malformed');
    }
    const [head, , signature] = receiptOf(key).split('.');
    const other = receiptOf(key, { project: 'other-app' }).split('.')[1];
    expect(await refused(`${head}.${other}.${signature}`)).toContain('receipt_signature_invalid');
  });

  it.each(['', 'no receipt', '{"receipt":', '{"receipt":7}', '[]', 'a.b', 'a.b.c', '{}'])(
    'refuses a file with %j',
    async (text) => {
      expect(await refused(text)).toContain('receipt_malformed');
    },
  );

  it('refuses another file, and one that was changed or cut', async () => {
    const bytes = Buffer.from(PHOTO);
    bytes[0] = 0;
    await put('changed.jpg', bytes);
    await put('longer.jpg', Buffer.concat([PHOTO, PHOTO]));
    await put('cut.jpg', PHOTO);
    await truncate(join(sandbox.cwd, 'cut.jpg'), 19);
    for (const [file, why] of [
      ['changed.jpg', 'as many bytes as the uploaded file, but others'],
      ['longer.jpg', 'has 40 bytes, the uploaded file had 20'],
      ['cut.jpg', 'has 19 bytes, the uploaded file had 20'],
    ] as const) {
      const { exit, out, err } = await verify('receipt.json', file, '--json');
      expect([exit, out]).toEqual([1, '']);
      expect(err).toContain(why);
      expect(err).toContain('file_differs');
    }
  });

  it('refuses links, folders, what is not there, and what is too large', async () => {
    await symlink('photo.jpg', join(sandbox.cwd, 'link.jpg'));
    await mkdir(join(sandbox.cwd, 'folder'));
    await put('large.json', JSON.stringify({ receipt: receiptOf(key), more: 'x'.repeat(300_000) }));
    for (const [receipt, file, code] of [
      ['receipt.json', 'link.jpg', 'not_a_file'],
      ['link.jpg', 'photo.jpg', 'not_a_file'],
      ['receipt.json', 'folder', 'not_a_file'],
      ['receipt.json', 'gone.jpg', 'file_not_found'],
      ['gone.json', 'photo.jpg', 'file_not_found'],
      ['large.json', 'photo.jpg', 'file_too_large'],
    ] as const) {
      const { exit, err } = await verify(receipt, file);
      expect([exit, err]).toEqual([1, expect.stringContaining(code)]);
    }
    for (const keys of ['large.json', 'photo.jpg']) {
      expect((await verify('receipt.json', 'photo.jpg', '--keys', keys)).exit).toBe(1);
    }
    expect((await verify('receipt.json', 'photo.jpg', '--issuer', 'ftp://x')).exit).toBe(2);
  });

  it('shows no control characters of a receipt', async () => {
    await put('receipt.json', receiptOf(key, { key: '\u001b[2Jx' }));
    const { exit, out } = await verify('receipt.json', 'photo.jpg');
    expect([exit, out.includes('\u001b')]).toEqual([0, false]);
  });

  it('keeps the keys where only the user can change them', async () => {
    await verify('receipt.json', 'photo.jpg');
    const kept = JSON.parse(await readFile(join(sandbox.home, '.aura/receipt-keys'), 'utf8'));
    expect(kept[server.url].keySet.keys).toEqual([jwkOf(key)]);
  });
});
