import type { AuditEntry, AuditQuery, UsageDay } from '@auraimage/ports';
import { InvalidCursorError } from '@auraimage/ports';
import { createApp } from '../app.js';
import type { Caller } from '../auth/authenticate.js';
import type { ControlFacts } from '../context.js';
import { ControlError } from '../errors.js';
import { createGuards } from '../guards.js';
import type { ControlPorts } from '../ports.js';
import { createMemoryRegistry } from './memory-registry.js';

/** 2030-03-17T17:46:40Z. */
export const NOW = 1_900_000_000_000;

/** Two people with an account each; the first is the administrator. */
const PEOPLE: Partial<Record<string, Caller>> = {
  ann: caller('ann', 'admin'),
  bob: caller('bob', 'member'),
};

function caller(name: string, role: 'admin' | 'member'): Caller {
  const user = {
    id: name,
    accountId: `account of ${name}`,
    email: `${name}@example.com`,
    name,
    role,
  };
  return { kind: 'session', user, credentialId: `session of ${name}` };
}

/** A day whose counts tell each other apart. */
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

/**
 * The routes above ports that remember, for callers who say who they are: `Authorization: Bearer ann`.
 */
export function createTestApp() {
  const clock = { time: NOW, now: () => clock.time };
  const registry = createMemoryRegistry(clock.now);
  const links = new Map<
    string,
    { visibility: 'public' | 'private'; linksRevokedAt: number | null }
  >();
  const audited: AuditQuery[] = [];
  const state = { wakes: 0, wait: 0, reads: { reads: 0, lastAt: null as number | null }, days: 0 };
  const ports = {
    registry,
    clock,
    attempts: { take: async () => state.wait },
    images: { find: async ({ key }: { key: string }) => links.get(key) ?? null },
    usage: {
      previousSecretReads: async () => state.reads,
      days: async (_id: string, days: number) => {
        state.days = days;
        return [DAY];
      },
    },
    audit: {
      list: async (query: AuditQuery) => {
        if (query.cursor === 'bad') throw new InvalidCursorError();
        audited.push(query);
        return { entries: [ENTRY], cursor: 'next' };
      },
    },
  } as unknown as ControlPorts;
  const authenticate = async ({ headers }: { headers: { get(name: string): string | null } }) => {
    const [, name = ''] = (headers.get('authorization') ?? '').split(' ');
    const found = PEOPLE[name];
    if (found === undefined) throw new ControlError('sign_in_required');
    return found;
  };
  const app = createApp({
    ...createGuards(ports, authenticate),
    ports,
    authenticate,
    options: {
      publicUrl: 'https://cdn.example',
      appUrl: 'https://app.example',
      version: '1.2.3',
      onFailure: () => {},
    },
    wakeDeletions: () => {
      state.wakes++;
    },
  });

  /** Sends a request and reads its answer. */
  async function ask(who: string, method: string, path: string, body?: unknown) {
    const facts: ControlFacts = {};
    const init: RequestInit = {
      method,
      headers: {
        ...(who === 'nobody' ? {} : { authorization: `Bearer ${who}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const env = { requestId: 'request-1', client: '192.0.2.7', facts };
    const response = await app.request(path, init, env);
    const text = await response.text();
    const { status, headers } = response;
    const json = text === '' ? null : JSON.parse(text);
    return { status, headers, json, code: headers.get('x-aura-error'), facts };
  }

  return { app, ask, registry, links, audited, state, clock };
}
