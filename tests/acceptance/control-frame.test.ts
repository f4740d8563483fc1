import { describe, expect, it } from 'vitest';
import { differs } from '../cloudflare/differences.js';
import type { Operation } from './support/api-document.js';
import { asBearer, asPerson, call, jsonFields, openWorld, pathOf } from './support/api-world.js';
import { ask, expectError, json } from './support/serve-request.js';
import { some } from './support/some.js';

// Rules for every operation, generated from the server's API description so that none is forgotten.
const world = await openWorld();
const { server, document, owner, project, image } = world;
const { url, credentials } = server;

const params = { project, key: image.key };
const named = document.operations.map((operation) => [operation.id, operation] as const);
const isOfEdge = ({ security, id }: Operation) =>
  id === 'getBlurhash' || security.some((way) => /upload|visibility/.test(way)) || isOfImages(id);
const isOfImages = (id: string) => /^(?:listImages|getImage|deleteImage|revokeLinks)$/.test(id);
const guarded = named.filter(([, { security }]) => security.includes('cliToken'));
const ofSessions = named.filter(([, { security }]) => security.includes('session'));
const withBody = named.filter(([, each]) => each.body !== undefined && !isOfEdge(each));

/** Operations with their place in this list, for {@link some}. */
const inTurn = (list: typeof named) =>
  list.map(([id, operation], turn) => [id, operation, turn] as const);

/** A credential that the operation accepts. */
function credential({ security }: Operation) {
  if (security.includes('session')) return asPerson(server, owner);
  return security.includes('cliToken') ? asBearer(world.ownersToken) : {};
}

describe('the description', () => {
  it('is public, and lists each operation once', () => {
    const ids = named.map(([id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(48);
  });
});

describe('without a credential', () => {
  it.each(guarded)('%s is refused before any other check', async (_, operation) => {
    const bodies = operation.body === undefined ? [undefined] : [undefined, {}, { unknown: 1 }];
    for (const body of bodies) {
      const reply = await call(url, operation, { params, body });
      expect(reply.status).toBe(401);
      document.check(operation, reply);
      expect(reply.headers['x-aura-error']).toMatch(/_required$/);
      expect(reply.headers['www-authenticate']).toBe('Bearer realm="auraimage"');
      expect(reply.headers['cache-control']).toBe('no-store');
    }
  });

  it.each(inTurn(ofSessions))('%s refuses unknown credentials', async (_, operation, turn) => {
    for (const headers of some(turn, [
      asBearer(`aura_cli_${'A'.repeat(43)}`),
      asBearer('nonsense'),
      asBearer(''),
      asBearer(credentials.serveSecret),
      asPerson(server, { cookie: () => `aura_session=${'A'.repeat(32)}` }),
      asPerson(server, { cookie: () => 'aura_session=' }),
      { ...asPerson(server, owner), ...asBearer('aura_cli_') },
    ])) {
      const reply = await call(url, operation, { params, headers });
      document.check(operation, reply);
      expect(reply.status, JSON.stringify(headers)).toBe(401);
      expect(reply.headers['cache-control']).toBe('no-store');
    }
  });

  it.each(ofSessions.filter(([, { security }]) => !security.includes('secretKey')))(
    '%s is not opened by a secret key',
    async (_, operation) => {
      const reply = await call(url, operation, {
        params,
        headers: asBearer(credentials.secretKey),
      });
      expectError(reply, 401, 'credential_invalid');
    },
  );

  it.each(
    named.filter(
      ([, { security }]) => security.includes('session') && !security.includes('cliToken'),
    ),
  )('%s is for people: no token opens it', async (_, operation) => {
    const reply = await call(url, operation, { headers: asBearer(world.ownersToken) });
    expectError(reply, 401, 'sign_in_required');
  });
});

describe('a body', () => {
  const send = (operation: Operation, body: string, type = 'application/json') =>
    ask(url + pathOf(operation, { params }), {
      method: operation.method,
      headers: { ...credential(operation), ...jsonFields(body, type) },
      body,
    });

  // Pages send beacons as text.
  const typed = withBody.filter(([id]) => id !== 'reportPageLoad');

  it.each(inTurn(typed))('of another type is refused by %s', async (_, operation, turn) => {
    for (const type of some(turn, [
      '',
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/jsonp',
    ])) {
      const reply = await send(operation, '{}', type);
      expectError(reply, 415, 'json_required');
      document.check(operation, reply);
    }
  });

  it.each(inTurn(withBody))('that is not JSON is refused by %s', async (_, operation, turn) => {
    for (const body of some(turn, ['{', '{"a":1}}', "{'a':1}", '\u0000', '{"a":1', 'NaN'])) {
      const reply = await send(operation, body);
      expectError(reply, 400, 'json_malformed');
      document.check(operation, reply);
    }
  });

  it.each(inTurn(withBody))(
    'that is not an object is refused by %s',
    async (_, operation, turn) => {
      for (const body of some(turn, ['null', '[]', '"text"', '7', 'true', '[{}]'])) {
        const reply = await send(operation, body);
        expectError(reply, 400, 'field_invalid');
        document.check(operation, reply);
      }
    },
  );

  it.each(inTurn(withBody))('of more than 64 KB is refused by %s', async (_, operation, turn) => {
    for (const filler of some(turn, [65_537, 200_000, 1_000_000])) {
      const reply = await send(operation, `{"a":"${'x'.repeat(filler)}"}`);
      expectError(reply, 413, 'json_too_large');
      document.check(operation, reply);
    }
  });

  it.each(inTurn(withBody))(
    'with an unknown member is refused by %s',
    async (id, operation, turn) => {
      const members = ['role', 'accountId', 'id', '__proto__', 'constructor'];
      const unknown = members.filter((each) => id !== 'changePerson' || each !== 'role');
      for (const member of some(turn, unknown)) {
        const reply = await send(operation, `{"${member}":"admin"}`);
        document.check(operation, reply);
        expect([reply.status, reply.headers['x-aura-error']]).toEqual([400, 'field_invalid']);
      }
    },
  );
});

describe('an address', () => {
  const paths = [...new Set(document.operations.map(({ path }) => path))];
  it.each(paths.map((path, turn) => [path, turn] as const))(
    '%s tells what it takes, to a method that it does not',
    async (path, turn) => {
      // For the methods of `{id}`, a word such as `me` is an id like any other, and for those of an image, the
      // word behind its key is the end of a name.
      const sibling = path
        .replace(/\/(?:me|check|accept|join)$/, '/{id}')
        .replace(/\{key\}\/[a-z-]+$/, '{key}');
      const known = document.operations.filter((each) => [path, sibling].includes(each.path));
      const methods = known.map(({ method }) => method);
      const operation = known.find((each) => each.path === path);
      if (operation === undefined) throw new Error(path);
      const others = ['PUT', 'TRACE', 'PATCH', 'DELETE', 'POST', 'PURGE'].filter(
        (method) => !methods.includes(method),
      );
      for (const method of some(turn, others)) {
        const headers = asPerson(server, owner);
        const reply = await ask(url + pathOf(operation, { params }), { method, headers });
        expectError(reply, 405, 'method_not_allowed');
        const allowed = String(reply.headers.allow).split(', ');
        expect(allowed).toEqual(expect.arrayContaining([operation.method]));
        expect(allowed).not.toContain(method);
      }
    },
  );

  const dots = ['/v1/./', '/v1/x/../', '/v1/x/%2e%2e/', '/v1\\'];
  // Except the operation that accepts any text as a name, to check it.
  it.each(inTurn(named.filter(([id]) => id !== 'checkProjectName')))(
    'of %s has one spelling',
    async (_, operation, turn) => {
      const path = pathOf(operation, { params });
      const before = await ask(`${url}/v1/projects`, { headers: asPerson(server, owner) });
      const others = some(turn, [
        path.replace('/v1/', '/V1/'),
        path.replace('/v1/', '/v1//'),
        path.replace('/v1/', '//v1/'),
        ...(differs('paths') ? [] : dots.map((start) => path.replace('/v1/', start))),
        path.replace('/v1/', '/v1%2F'),
        path.replace('/v1/', '/%76%31/'),
        `${path}/`,
        `${path}%00`,
        `${path};a=b`,
      ]).filter((target) => target !== path);
      for (const target of others) {
        const reply = await ask(url, {
          method: operation.method,
          target,
          headers: asPerson(server, owner),
        });
        expect(reply.status, target).toBeGreaterThanOrEqual(400);
        expect(reply.status, target).toBeLessThan(500);
        expect(reply.headers['cache-control'], target).toBe('no-store');
      }
      const after = await ask(`${url}/v1/projects`, { headers: asPerson(server, owner) });
      expect(json(after)).toEqual(json(before));
    },
  );
});
