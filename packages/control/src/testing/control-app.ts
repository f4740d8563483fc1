import { createRouter, type RequestFacts } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type {
  AuditEntry,
  AuditQuery,
  BusiestNames,
  FoundImage,
  NewAuditEntry,
  People,
  Preset,
  RecipientPage,
  StoredPreset,
  UsageDay,
  User,
} from '@auraimage/ports';
import { InvalidCursorError } from '@auraimage/ports';
import { createAccessChecks } from '../auth/access.js';
import { controlRoutes } from '../control.js';
import type { ControlPorts } from '../ports.js';
import { createMemoryInvitations } from './memory-accounts.js';
import { createMemoryRegistry } from './memory-registry.js';

/** 2030-03-17T17:46:40Z. */
export const NOW = 1_900_000_000_000;

/** Two users with an account each; the first is the administrator. */
const USERS: Partial<Record<string, User>> = {
  ann: user('ann', 'admin'),
  bob: user('bob', 'member'),
};

function user(name: string, role: 'admin' | 'member'): User {
  const email = `${name}@example.com`;
  return { id: name, accountId: `account of ${name}`, email, name, role };
}

const APP = 'https://app.example';

/** Request headers of a secret key, or of a user's browser on a page of the dashboard. */
export function credentialsOf(who: string): Record<string, string> {
  if (who === 'nobody') return {};
  if (who.startsWith('sk_live_')) return { authorization: `Bearer ${who}` };
  return { cookie: `__Secure-aura_session=${who}`, origin: APP };
}

/** A day with distinct counts. */
const DAY: UsageDay = {
  date: '2030-03-17',
  counts: {
    uploads: 1,
    uploadedBytes: 2,
    deletes: 3,
    readsOk: 4,
    readsNotModified: 5,
    readsRefusedMissing: 6,
    readsRefusedExpired: 7,
    readsRefusedOther: 8,
    sentBytes: 9,
    encodeMilliseconds: 1500,
    cacheHits: 10,
    cacheMisses: 11,
    cacheBypasses: 12,
  },
  storedBytes: 13,
  storedImages: 14,
};

const ENTRY: AuditEntry = {
  id: 'entry',
  at: NOW,
  accountId: 'account of ann',
  actor: { kind: 'secret_key', name: 'server' },
  action: 'image.visibility_changed',
  project: 'my-app',
  target: 'abc123xyz0-photo.jpg',
  details: { from: 'private', to: 'public' },
  address: '192.0.2.1',
};

const RECIPIENTS: RecipientPage = {
  recipients: [
    { sub: 'ada', reads: 3, sentBytes: 9, lastReadOn: '2030-03-17', revokedAt: NOW / 1000 },
    { sub: 'bob', reads: 0, sentBytes: 0, lastReadOn: null, revokedAt: null },
  ],
  others: { reads: 7, sentBytes: 70 },
  cursor: 'next',
};

/** The control plane with recording ports. The session token of a user is the user's name. */
export function createTestApp() {
  const clock = { time: NOW, now: () => clock.time };
  const registry = createMemoryRegistry(clock.now);
  const invitations = createMemoryInvitations(registry.members, clock.now);
  /** Replaced by tests of it. */
  const people = {} as People;
  const links = new Map<
    string,
    { visibility: 'public' | 'private'; linksRevokedAt: number | null }
  >();
  const presets: Preset[] = [];
  const audited: AuditQuery[] = [];
  const appended: NewAuditEntry[] = [];
  const state = {
    wakes: 0,
    wait: 0,
    reads: { reads: 0, lastAt: null as number | null },
    days: 0,
    /** What the busiest names were asked for, and who they are. */
    busiest: [] as readonly unknown[],
    named: [] as readonly string[],
    rotations: 0,
    newest: { projects: [] as readonly string[], count: 0 },
    recipients: [] as readonly unknown[],
    revoked: null as number | 'limit_reached' | null,
    found: [] as readonly FoundImage[],
    /** Why presets are refused. */
    presetRefusal: null as Extract<StoredPreset, string> | null,
  };
  const ports = {
    registry,
    members: registry.members,
    invitations,
    people,
    clock,
    attempts: { consume: async () => state.wait },
    images: {
      find: async ({ key }: { key: string }) => {
        const image = links.get(key);
        return image === undefined ? null : { image, rotationsSinceRevoked: state.rotations };
      },
      newest: async (projects: readonly string[], count: number) => {
        state.newest = { projects, count };
        return state.found;
      },
    },
    presets: {
      find: async (_: string, name: string) =>
        presets.find((preset) => preset.name === name) ?? null,
      list: async () => presets,
      async put(_: string, preset: Preset, limit: number): Promise<StoredPreset> {
        if (state.presetRefusal !== null) return state.presetRefusal;
        if (presets.length >= limit) return 'limit_reached';
        const stored = { ...preset, updatedAt: clock.time };
        presets.push(stored);
        return { preset: stored, created: true };
      },
      remove: async (_: string, name: string) =>
        presets.splice(0).filter((preset) => preset.name === name).length > 0,
    },
    identity: {
      async findSession(token: string) {
        const user = USERS[token];
        return user === undefined ? null : { user, session: { id: `session of ${token}` } };
      },
    },
    usage: {
      previousSecretReads: async () => state.reads,
      days: async (_id: string, days: number) => {
        state.days = days;
        return [DAY];
      },
      busiest: async (...query: readonly unknown[]): Promise<BusiestNames> => {
        state.busiest = query;
        const [first, ...more] = state.named;
        const counts = { reads: 7, sentBytes: 90, encodeMilliseconds: 1500 };
        return {
          names: [
            ...(first === undefined ? [] : [{ name: first, ...counts, readsByDay: [3, 4] }]),
            ...more.map((name) => ({ name, ...counts, reads: 1, readsByDay: [1, 0] })),
          ],
          others: { reads: 5, sentBytes: 50, encodeMilliseconds: 0 },
          margin: 2,
        };
      },
      readsByDay: async (ids: readonly string[], days: number) =>
        new Map(ids.slice(0, 1).map((id) => [id, Array.from({ length: days }, (_, day) => day)])),
    },
    recipients: {
      revokedAt: async (...revoked: readonly string[]) => {
        state.recipients = revoked;
        return state.revoked;
      },
      revoke: async (...revoked: readonly unknown[]) => {
        state.recipients = revoked;
        clock.time += 1000; // the response waits for the next second
        return state.revoked;
      },
      list: async (...query: readonly unknown[]) => {
        state.recipients = query;
        return RECIPIENTS;
      },
    },
    audit: {
      append: async (entries: readonly NewAuditEntry[]) => void appended.push(...entries),
      list: async (query: AuditQuery) => {
        if (query.cursor === 'bad') throw new InvalidCursorError();
        audited.push(query);
        return { entries: [ENTRY], cursor: 'next' };
      },
    },
  } as unknown as ControlPorts;
  const options = {
    publicUrl: 'https://cdn.example',
    appUrl: APP,
    version: '1.2.3',
    projectQuotaBytes: 1000,
    auditDays: 400,
    legacyVisibilityTokens: false,
    onFailure: () => {},
    onDelivery: () => {},
    routes: () => routes,
  };
  const routes = controlRoutes({
    ports,
    options,
    access: createAccessChecks(ports, options),
    signInFailures: { note() {} },
    stopping: new AbortController().signal,
    wakeDeletions: () => {
      state.wakes++;
    },
  });
  const router = createRouter(routes);

  /** Sends a request. */
  const request = (path: string, init: RequestInit = {}, facts: RequestFacts = {}) => {
    const context = testContext({ client: '192.0.2.7', facts });
    return router.fetch(new Request(`${APP}${path}`, init), context);
  };

  /** Sends a request and reads the response. */
  async function call(who: string, method: string, path: string, body?: unknown) {
    const facts: RequestFacts = {};
    const init: RequestInit = {
      method,
      headers: {
        ...credentialsOf(who),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await request(path, init, facts);
    const text = await response.text();
    const { status, headers } = response;
    const json = text === '' ? null : JSON.parse(text);
    return { status, headers, json, code: headers.get('x-aura-error'), facts };
  }

  return {
    routes,
    request,
    call,
    registry,
    invitations,
    people,
    links,
    presets,
    audited,
    appended,
    state,
    clock,
  };
}
