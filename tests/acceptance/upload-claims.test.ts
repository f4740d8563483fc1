import { beforeAll, describe, expect, it } from 'vitest';
import { pictures } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { filePart, form, postRaw } from './support/upload-form.js';
import { tracesOf } from './support/upload-store.js';
import { hmac, nowSeconds, sign, uploadClaims } from './support/upload-tokens.js';

const TYPES: Record<string, readonly unknown[]> = {
  maxSize: [0, -1, 1.5, 1e300, 2 ** 53, '5mb', '5000', null, undefined, [5000], {}, true],
  allowedTypes: [
    [],
    'image/*',
    null,
    undefined,
    {},
    { length: 1, 0: 'image/*' },
    ['*'],
    [''],
    ['image/'],
    ['text/html'],
    ['image/png '],
    ['image/*', 7],
    ['image/*', null],
    [['image/*']],
  ],
  exp: [-1, 0, 1, 1.5, '9999999999', null, undefined, 1e300, [nowSeconds() + 600], true, {}],
  iat: ['1', null, undefined, {}, 1e300],
  visibility: ['secret', '', null, 0, true, ['private'], 'PRIVATE', {}],
};

/** None is the name of the project, and some nearly are. */
const otherNames = (name: string): readonly unknown[] => [
  '__proto__',
  'constructor',
  'toString',
  'x'.repeat(2900),
  `${name}\0`,
  `${name} `,
  name.toUpperCase(),
  name.replace('-', '\u2010'),
  `../${name}`,
  `${name}/x`,
  `%${name.charCodeAt(0).toString(16)}${name.slice(1)}`,
  `${name}' OR 1=1 --`,
  'nobody',
  '',
  'v1',
  '\ud800',
  [name],
  { toString: name },
  7,
  true,
  null,
  undefined,
];

describe('upload tokens with claims of the wrong form, signed with the right key', () => {
  let server: SharedServer;
  let body: Buffer;

  beforeAll(async () => {
    server = await sharedServer();
    body = form(filePart(await pictures.jpeg()));
  });

  async function statusOf(claims: unknown): Promise<number> {
    return (await postRaw(server, sign(claims, server.credentials.secretKey), body)).status;
  }

  it.each(Object.entries(TYPES))('refuses a bad %s', async (claim, values) => {
    const before = await tracesOf(server);
    for (const value of values) {
      const status = await statusOf(uploadClaims(server.credentials, { [claim]: value }));
      expect([claim, value, status]).toEqual([claim, value, 401]);
    }
    expect(await tracesOf(server)).toEqual(before);
  });

  it('refuses a token that has expired a second ago', async () => {
    const exp = nowSeconds() - 1;
    expect(await statusOf(uploadClaims(server.credentials, { exp }))).toBe(401);
  });

  it('refuses any other projectName', async () => {
    for (const projectName of otherNames(server.credentials.projectName)) {
      const status = await statusOf(uploadClaims(server.credentials, { projectName }));
      expect([projectName, status]).toEqual([projectName, 401]);
    }
    expect((await fetch(`${server.url}/ready`)).status).toBe(200);
  });

  it.each([
    'null',
    '[]',
    '"text"',
    '7',
    '',
    ' ',
    '{',
    '{}',
    'not json',
    `${'['.repeat(1400)}${']'.repeat(1400)}`,
    '\ufeff{}',
  ])('refuses the payload %j', async (payload) => {
    expect(await statusOf(payload)).toBe(401);
  });

  it('refuses claims that only a prototype has', async () => {
    const claims = JSON.stringify(uploadClaims(server.credentials));
    const { projectName } = server.credentials;
    expect(await statusOf(`{"projectName":"${projectName}","__proto__":${claims}}`)).toBe(401);
  });

  it('refuses a payload that is not UTF-8', async () => {
    const claims = JSON.stringify(uploadClaims(server.credentials, { note: 'é' }));
    const latin1 = Buffer.from(claims, 'latin1');
    const payload = latin1.toString('base64url');
    const token = `${payload}.${hmac(payload, server.credentials.secretKey)}`;
    expect((await postRaw(server, token, body)).status).toBe(401);
  });

  it('ignores unknown claims', async () => {
    const more = { sub: 'user-1', nbf: 'x', p: 'other', f: '../x', exp2: {}, ключ: '🔑' };
    expect(await statusOf(uploadClaims(server.credentials, more))).toBe(201);
  });
});
