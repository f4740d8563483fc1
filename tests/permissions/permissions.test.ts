import type { Route } from '@auraimage/http';
import type { ProjectRole } from '@auraimage/ports';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEYS, openWorld, PEOPLE, type Person, PROJECT } from './world.js';

// Every operation of the control plane with every kind of principal, on the real records.

/** Who may call an operation: the first of these that may. A role of the project, or less than that. */
type Level = 'everybody' | 'signed in' | 'session' | 'admin' | ProjectRole;

interface Row {
  readonly level: Level;
  /** Secret keys of the project may call it as well. */
  readonly key?: true;
  /** A body that passes the schema, and changes nothing that later calls need. */
  readonly body?: unknown;
  /** The project is in the body. */
  readonly inBody?: true;
  /** Ends what gave access to it: a session, a token or a membership. */
  readonly ends?: true;
  /** Code for a request without credentials. */
  readonly missing?: string;
}

/** The table: every operation, by its id or else by its method and path. A route without a row fails the test. */
const OPERATIONS: Readonly<Record<string, Row>> = {
  checkInvitation: { level: 'everybody', body: { token: 'none' } },
  acceptInvitation: { level: 'everybody', body: {} },
  joinProject: { level: 'session', body: { token: 'none' } },
  createInvitation: { level: 'admin', body: {} },
  listInvitations: { level: 'admin' },
  revokeInvitation: { level: 'admin' },
  listPeople: { level: 'admin' },
  changePerson: { level: 'admin', body: { role: 'member' } },
  resetPassword: { level: 'admin', body: {} },
  removePerson: { level: 'admin', body: {} },
  signIn: { level: 'everybody', body: {} },
  getSignIn: { level: 'everybody' },
  startProviderSignIn: { level: 'everybody', body: {} },
  'GET /v1/auth/sign-in/provider/callback': { level: 'everybody' },
  connectProvider: { level: 'session', body: { password: 'x' } },
  confirmSignIn: { level: 'everybody', body: {} },
  prepareSecondFactor: { level: 'session', body: {} },
  enableSecondFactor: { level: 'session', body: {} },
  renewBackupCodes: { level: 'session', body: {} },
  disableSecondFactor: { level: 'session', body: {} },
  signOut: { level: 'session', ends: true },
  changePassword: { level: 'session', body: { currentPassword: 'x', newPassword: 'x'.repeat(12) } },
  getMe: { level: 'signed in' },
  getMyMethods: { level: 'signed in' },
  checkPasswordReset: { level: 'everybody', body: { token: 'none' } },
  acceptPasswordReset: { level: 'everybody', body: {} },
  listSessions: { level: 'signed in' },
  endSession: { level: 'signed in' },
  listCliTokens: { level: 'signed in' },
  revokeMyCliToken: { level: 'signed in', ends: true },
  revokeCliToken: { level: 'signed in' },
  requestDevice: { level: 'everybody', body: { name: 'x' } },
  pollDevice: { level: 'everybody', body: { device_code: 'none' } },
  cancelDevice: { level: 'everybody', body: { device_code: 'none' } },
  lookUpDevice: { level: 'session', body: { userCode: 'none' } },
  approveDevice: { level: 'session', body: { userCode: 'none' } },
  denyDevice: { level: 'session', body: { userCode: 'none' } },

  listProjects: { level: 'signed in' },
  createProject: { level: 'signed in', body: { projectName: PROJECT } },
  checkProjectName: { level: 'signed in' },
  getOverview: { level: 'signed in' },
  listDeletions: { level: 'signed in' },
  getDeletion: { level: 'signed in' },
  listAudit: { level: 'signed in' },
  diagnoseLink: { level: 'signed in', body: { url: `https://app.example/${PROJECT}/none.jpg` } },

  getProject: { level: 'viewer' },
  listMembers: { level: 'viewer' },
  leaveProject: { level: 'viewer', ends: true },
  listPresets: { level: 'viewer' },
  getPreset: { level: 'viewer' },
  getUsage: { level: 'viewer' },
  getUsageByImage: { level: 'viewer' },
  getUsageByPreset: { level: 'viewer' },
  getUsageByRefusal: { level: 'viewer' },
  listProjectAudit: { level: 'viewer' },
  listImages: { level: 'viewer', key: true },
  getImage: { level: 'viewer', key: true },
  getMaster: { level: 'viewer', key: true },
  listRecipients: { level: 'viewer', key: true },

  listWebhooks: { level: 'viewer' },
  getWebhook: { level: 'viewer' },
  listDeliveries: { level: 'viewer' },
  getDelivery: { level: 'viewer' },

  signUpload: { level: 'editor', key: true, body: { projectName: PROJECT }, inBody: true },
  changeImage: {
    level: 'editor',
    key: true,
    body: { visibility: 'public' },
    missing: 'visibility_token_required',
  },
  deleteImage: { level: 'editor', key: true },
  revokeLinks: { level: 'editor', key: true },
  revokeRecipient: { level: 'editor', key: true, body: { sub: '' } },
  signUrls: { level: 'editor', body: { keys: ['none.jpg'] } },
  putPreset: { level: 'editor', body: { transform: 'w=1', open: false } },
  deletePreset: { level: 'editor' },

  testWebhook: { level: 'editor' },
  redeliver: { level: 'editor' },
  createListener: { level: 'editor' },
  listen: { level: 'editor' },
  acknowledgeEvents: { level: 'editor', body: { events: [] } },

  changeProject: { level: 'owner', body: { allowedOrigins: [] } },
  deleteProject: { level: 'owner', body: { confirm: 'another name' } },
  listSecretKeys: { level: 'owner' },
  createSecretKey: { level: 'owner', body: { name: 'x' } },
  revokeSecretKey: { level: 'owner' },
  getServeSecret: { level: 'owner' },
  getServeSecretGrace: { level: 'owner' },
  rotateServeSecret: { level: 'owner', body: {} },
  endServeSecretGrace: { level: 'owner' },
  createWebhook: { level: 'owner', body: { url: 'https://app.example/hook' } },
  changeWebhook: { level: 'owner', body: { enabled: false } },
  deleteWebhook: { level: 'owner' },
  getWebhookSecret: { level: 'owner' },
  rotateWebhookSecret: { level: 'owner', body: {} },
  changeMember: { level: 'owner', body: { role: 'owner' } },
  removeMember: { level: 'owner' },
  inviteMember: { level: 'owner', body: { role: 'viewer' } },
  listProjectInvitations: { level: 'owner' },
  revokeProjectInvitation: { level: 'owner' },

  'GET /openapi.json': { level: 'everybody' },
  'GET /docs/api': { level: 'everybody' },
  'GET /docs/api.css': { level: 'everybody' },
};

const PRINCIPALS = [
  ...Object.keys(PEOPLE),
  ...Object.keys(PEOPLE).map((person) => `CLI of ${person}`),
  ...Object.keys(KEYS),
  'nobody',
];

const REFUSALS = [
  'sign_in_required',
  'credential_invalid',
  'secret_key_required',
  'secret_key_invalid',
  'visibility_token_required',
  'project_not_found',
  'project_forbidden',
  'role_forbidden',
  'admin_required',
  'cross_site_request',
];

const ORDER: readonly ProjectRole[] = ['viewer', 'editor', 'owner'];

/** What a principal gets: the status and code of the refusal, or `allowed`. */
function expected({ level, key, inBody, missing }: Row, who: string): string {
  if (level === 'everybody') return 'allowed';
  const byKeys = key === true && inBody !== true;
  if (who === 'nobody') {
    const code = missing ?? (byKeys ? 'secret_key_required' : 'sign_in_required');
    return `401 ${code}`;
  }
  if (who in KEYS) {
    if (key !== true) return '401 credential_invalid';
    return KEYS[who as keyof typeof KEYS] ? 'allowed' : '403 project_forbidden';
  }
  const isCli = who.startsWith('CLI of ');
  const person = who.replace('CLI of ', '') as Person;
  if (level === 'signed in') return 'allowed';
  if (level === 'session') return isCli ? '401 sign_in_required' : 'allowed';
  if (level === 'admin') return person === 'administrator' ? 'allowed' : '403 admin_required';
  const role = PEOPLE[person];
  if (role === null) return byKeys ? '403 project_forbidden' : '404 project_not_found';
  return ORDER.indexOf(role) >= ORDER.indexOf(level) ? 'allowed' : '403 role_forbidden';
}

const nameOf = ({ doc, method, path }: Pick<Route, 'doc' | 'method' | 'path'>) =>
  doc?.operationId ?? `${method} ${path}`;

let app: Awaited<ReturnType<typeof openWorld>>;
beforeAll(async () => {
  app = await openWorld();
});
afterAll(() => app.close());

describe('every operation', () => {
  it('has a row in the table, and every row an operation', () => {
    expect(app.routes.map(nameOf).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
  });

  it.each(Object.entries(OPERATIONS))('%s is for those of its row', async (name, row) => {
    const route = app.routes.find((each) => nameOf(each) === name);
    if (route === undefined) throw new Error(`there is no operation ${name}`);
    const outcomes = new Map<string, string>();
    const play = async (who: string) => {
      const isAllowed = expected(row, who) === 'allowed';
      // What is refused is refused before the body is read.
      const body = isAllowed || row.inBody ? row.body : row.body && 'nonsense';
      const { status, code, message } = await app.call(who, route, body);
      const isRefused = code !== null && REFUSALS.includes(code);
      outcomes.set(who, isRefused ? `${status} ${code}` : 'allowed');
      if (code === 'role_forbidden') expect(message).toContain(`"${PROJECT}"`);
    };
    const isRefused = (who: string) => expected(row, who) !== 'allowed';
    const before = await app.entries();
    for (const who of PRINCIPALS.filter(isRefused)) await play(who);
    expect(await app.entries()).toBe(before);
    for (const who of PRINCIPALS) {
      if (!isRefused(who)) await play(who);
      if (row.ends) await app.restore();
    }
    expect(Object.fromEntries(outcomes)).toEqual(
      Object.fromEntries(PRINCIPALS.map((who) => [who, expected(row, who)])),
    );
  });
});

describe('a project', () => {
  const outsiders = Object.keys(PEOPLE).filter((who) => PEOPLE[who as Person] === null);
  const members = Object.keys(PEOPLE).filter((who) => PEOPLE[who as Person] !== null);
  const answer = async (who: string, path: string, body?: unknown) => {
    const method = body === undefined ? 'GET' : 'POST';
    const { json } = await app.call(who, { method, path: path as Route['path'] }, body);
    return JSON.stringify(json);
  };

  it.each(members)('is in the lists of its %s, with its private images', async (who) => {
    for (const each of [who, `CLI of ${who}`]) {
      const projects = await answer(each, '/v1/projects');
      expect(projects).toContain(`"role":"${PEOPLE[who as Person]}"`);
      expect(await answer(each, '/v1/overview')).toContain(
        `/${PROJECT}/abc123xyz0-private.jpg?token=`,
      );
      const images = await answer(each, `/v1/projects/${PROJECT}/images`);
      expect(images).toContain(`/${PROJECT}/abc123xyz0-private.jpg?token=`);
      const link = { url: `https://app.example/${PROJECT}/abc123xyz0-private.jpg` };
      expect(await answer(each, '/v1/auth/diagnose-link', link)).toContain('"missing"');
    }
  });

  it.each(outsiders)('is nowhere for a %s', async (who) => {
    for (const each of [who, `CLI of ${who}`]) {
      for (const path of ['/v1/projects', '/v1/overview', '/v1/audit', '/v1/deletions']) {
        expect(await answer(each, path), path).not.toContain(PROJECT);
      }
      const link = { url: `https://app.example/${PROJECT}/abc123xyz0-private.jpg` };
      const diagnosis = await answer(each, '/v1/auth/diagnose-link', link);
      expect(diagnosis).toContain('"project_not_found"');
    }
  });

  it('shows no private image to its secret keys', async () => {
    const images = await answer('key of the project', `/v1/projects/${PROJECT}/images`);
    expect(images).toContain('abc123xyz0-private.jpg');
    expect(images).not.toContain('token=');
  });
});
