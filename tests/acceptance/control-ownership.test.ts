import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import type { Operation } from './support/api-document.js';
import { asBearer, asPerson, call, jsonOf, openWorld } from './support/api-world.js';
import { ask, expectError, type Reply } from './support/serve-request.js';
import { some } from './support/some.js';

// Every operation on a project or on another owned thing, generated from the server's API description.
const world = await openWorld();
const { server, document, owner, ownersToken, outsider, outsidersToken, project, image } = world;
const { url } = server;

const operations = document.operations.map((operation) => [operation.id, operation] as const);
const operation = (id: string): Operation => {
  const found = operations.find(([name]) => name === id)?.[1];
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
};
const named = operations
  .filter(([, { path, security }]) => path.includes('{project}') && security.includes('session'))
  .map(([id, each], turn) => [id, each, turn] as const);

/** The two refusals as docs/reference/control-api.md has them: `[status, code]`. */
const guide = readFileSync(new URL('../../docs/reference/control-api.md', import.meta.url), 'utf8');
const documented = (row: string): readonly [number, string] => {
  const [, status, code] =
    new RegExp(`^\\| ${row}[^|]*\\| \`(\\d+) (\\w+)\``, 'm').exec(guide) ?? [];
  if (code === undefined) throw new Error(`docs/reference/control-api.md has no row ${row}`);
  return [Number(status), code];
};
const refusals = {
  withSecretKey: documented('`GET /v1/projects/\\{project\\}/images`'),
  others: documented('Everything else'),
};

/** A valid body, for operations that require one. */
const BODIES: Readonly<Record<string, unknown>> = {
  changeProject: { projectName: 'taken-over', quotaBytes: 1, allowedOrigins: [] },
  deleteProject: { confirm: project },
  createSecretKey: { name: 'a key of mine' },
  inviteMember: { role: 'owner' },
  changeMember: { role: 'owner' },
  rotateServeSecret: { graceSeconds: 0 },
  putPreset: { transform: 'fmt=auto', open: true },
  signUrls: { keys: [image.key] },
  revokeRecipient: { sub: 'customer-17' },
  createWebhook: { url: 'https://app.example/hook' },
  changeWebhook: { enabled: false },
  acknowledgeEvents: { events: [] },
  changeImage: { visibility: 'public' },
};

const outsiders = () => [
  asPerson(server, outsider),
  asBearer(outsidersToken),
  { ...asPerson(server, owner), ...asBearer(outsidersToken) }, // a token wins over a cookie
];

let keyId: string;
let before: readonly unknown[];

beforeAll(async () => {
  // The key's last use is recorded a moment after the upload.
  keyId = await vi.waitFor(async () => {
    const { secretKeys } = await owner.json<{
      secretKeys: readonly { id: string; lastUsedAt: string | null }[];
    }>('GET', `/v1/projects/${project}/secret-keys`);
    const used = secretKeys.find(({ lastUsedAt }) => lastUsedAt !== null);
    return used?.id ?? Promise.reject(new Error('the key is unused'));
  }, 20_000);
  await owner.json('POST', `/v1/projects/${project}/serve-secret/rotate`, { graceSeconds: 3600 });
  before = await everything();
});

/** Everything that the owner can see of the project, except the signed URLs, which change with time. */
async function everything(): Promise<readonly unknown[]> {
  const paths = ['', '/secret-keys', '/serve-secret', '/presets', '/images', '/audit'];
  const seen = paths.map((path) => owner.json('GET', `/v1/projects/${project}${path}`));
  const json = JSON.stringify(await Promise.all(seen));
  // Signed URLs change with the time, the owner's own requests use the key, and the read above has its entry.
  const changes = (name: string) => name.startsWith('signedUrl') || name === 'lastUsedAt';
  const isOwnRead = ({ action, actor }: { action: string; actor: { name: string } }) =>
    action === 'serve_secret.read' && actor.name === owner.email;
  return JSON.parse(json, (name, value) => {
    if (name === 'entries') return value.filter((entry: never) => !isOwnRead(entry));
    return changes(name) ? undefined : value;
  });
}

const comparable = ({ status, headers, body }: Reply) => {
  const { date, 'x-request-id': id, ...others } = headers;
  expect([typeof date, typeof id]).toEqual([
    isSimulated('date') ? 'undefined' : 'string',
    'string',
  ]);
  return { status, headers: others, body: body.toString() };
};

describe("another account's project", () => {
  it('is tested with every operation that names a project', () => {
    expect(named.length).toBeGreaterThanOrEqual(17);
    const withBody = named.filter(([, { bodyRequired }]) => bodyRequired).map(([id]) => id);
    expect(Object.keys(BODIES)).toEqual(expect.arrayContaining(withBody));
  });

  it.each(named)('gets the response of a missing project from %s', async (id, each, turn) => {
    const takesSecretKey = each.security.includes('secretKey');
    const [status, code] = takesSecretKey ? refusals.withSecretKey : refusals.others;
    const params = { key: image.key, id: keyId };
    for (const [at, headers] of outsiders().entries()) {
      const options = { body: BODIES[id], headers };
      const reply = await call(url, each, { ...options, params: { ...params, project } });
      expectError(reply, status, code);
      document.check(each, reply);
      for (const none of some(turn + at, ['none-such', 'another', 'x'.repeat(40)])) {
        const other = await call(url, each, { ...options, params: { ...params, project: none } });
        expect(comparable(other)).toEqual(comparable(reply));
      }
    }
  });

  it.each(named)(
    'is not accessible by another spelling of its name: %s',
    async (id, each, turn) => {
      const params = { key: image.key, id: keyId };
      for (const spelling of some(turn, [
        project.toUpperCase(),
        `%${project.charCodeAt(0).toString(16)}${project.slice(1)}`,
        `${project}%00`,
        `${project}%20`,
        `${project}.`,
        `none-such%2f..%2f${project}`,
      ])) {
        const headers = asPerson(server, owner);
        const options = { body: BODIES[id], headers, params: { ...params, project: spelling } };
        const reply = await call(url, each, options);
        expect([403, 404], spelling).toContain(reply.status);
      }
    },
  );

  it('is unchanged', async () => {
    expect(await everything()).toEqual(before);
    expect((await ask(image.url)).status).toBe(403);
  });
});

describe('resources of another account', () => {
  const as = (headers: Readonly<Record<string, string>>, id: string, options: object = {}) =>
    call(url, operation(id), { headers, ...options });

  it('are in no list', async () => {
    for (const headers of outsiders()) {
      expect(jsonOf(await as(headers, 'listProjects'))).toEqual({ projects: [] });
      expect(jsonOf(await as(headers, 'listDeletions'))).toEqual({ deletions: [] });
      for (const id of ['listAudit', 'listSessions', 'listCliTokens']) {
        const reply = await as(headers, id);
        expect(reply.status).toBe(200);
        expect(reply.body.toString()).not.toContain(project);
        expect(reply.body.toString()).not.toContain(owner.email);
      }
    }
  });

  it('sign nothing', async () => {
    for (const headers of outsiders()) {
      const mine = await as(headers, 'signUpload', { body: { projectName: project } });
      expectError(mine, 404, 'project_not_found');
      const none = await as(headers, 'signUpload', { body: { projectName: 'none-such' } });
      expect(comparable(none)).toEqual(comparable(mine));
    }
  });

  it('are not diagnosed', async () => {
    const signed = await server.aura.getSignedUrl(image.key);
    for (const headers of outsiders()) {
      const diagnosis = await as(headers, 'diagnoseLink', { body: { url: signed } });
      const none = { body: { url: signed.replace(`/${project}/`, '/none-such/') } };
      const { verdict, explanation } = jsonOf<Record<string, string>>(diagnosis);
      expect([verdict, explanation]).toEqual([
        'project_not_found',
        `You have no project "${project}"`,
      ]);
      const other = jsonOf<Record<string, string>>(await as(headers, 'diagnoseLink', none));
      expect(other['verdict']).toBe(verdict);
    }
  });

  it('cannot be deleted by id', async () => {
    const { sessions } = await owner.json<{ sessions: { id: string }[] }>(
      'GET',
      '/v1/auth/sessions',
    );
    const { tokens } = await owner.json<{ tokens: { id: string }[] }>('GET', '/v1/auth/cli-tokens');
    const invitation = await owner.json<{ id: string }>('POST', '/v1/auth/invitations', {});
    for (const headers of outsiders()) {
      const attempt = (id: string, target = '') => as(headers, id, { params: { id: target } });
      for (const [id, target, code] of [
        ['endSession', sessions[0]?.id, 'session_not_found'],
        ['revokeCliToken', tokens[0]?.id, 'cli_token_not_found'],
      ] as const) {
        const reply = await attempt(id, target);
        expectError(reply, 404, code);
        expect(comparable(await attempt(id, 'none-such'))).toEqual(comparable(reply));
      }
      expectError(await attempt('revokeInvitation', invitation.id), 403, 'admin_required');
    }
    await owner.json('GET', '/v1/auth/me');
    expect((await as(asBearer(ownersToken), 'getMe')).status).toBe(200);
    await owner.json('DELETE', `/v1/auth/invitations/${invitation.id}`);
  });
});

describe('a member', () => {
  const ofAdmins = operations.filter(([, { errors }]) => errors['403']?.includes('admin_required'));

  it('has operations that only administrators may call', () => {
    expect(ofAdmins.map(([id]) => id)).toEqual([
      'createInvitation',
      'listInvitations',
      'revokeInvitation',
      'listPeople',
      'changePerson',
      'removePerson',
      'resetPassword',
      'changeProject',
    ]);
  });

  it('cannot do what administrators do', async () => {
    const mine = await outsider.json<{ projectName: string }>('POST', '/v1/projects', {
      projectName: 'of-a-member',
    });
    const params = { project: mine.projectName, id: 'none-such' };
    for (const headers of [asPerson(server, outsider), asBearer(outsidersToken)]) {
      for (const [id, each] of ofAdmins) {
        for (const quotaBytes of [null, 0, 1e12]) {
          const body = id === 'changeProject' ? { quotaBytes, projectName: 'renamed' } : undefined;
          const reply = await call(url, each, { params, headers, body });
          expectError(reply, 403, 'admin_required');
          document.check(each, reply);
        }
      }
    }
    const { projects } = await outsider.json<{ projects: readonly unknown[] }>(
      'GET',
      '/v1/projects',
    );
    expect(projects).toEqual([mine]);
  });
});
