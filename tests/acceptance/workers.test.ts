import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, signUp } from '../harness/control.js';
import { makeProject } from '../harness/projects.js';
import { removeFolder } from '../harness/remove.js';
import {
  type Credentials,
  startTestServer,
  type TestServer,
  temporaryFolder,
} from '../harness/server.js';
import { withToken } from './support/serve-gallery.js';
import { ask, json, type Reply } from './support/serve-request.js';
import { handToken, now } from './support/serve-token.js';
import {
  processesOf,
  processOf,
  spread,
  uploadFreshly,
  uploadUnderWay,
} from './support/workers.js';

// One machine, one port, two processes. Each request here comes on a connection of its own, and connections
// go to the processes in turn.

const UPLOADS = 7;
let server: TestServer;
let owner: Person;
let other: Credentials;
beforeAll(async () => {
  server = await startTestServer({
    isFirst: true,
    env: { AURA_WORKERS: '2' },
    bounds: { uploadsPerProject: UPLOADS },
  });
  owner = await signUp(server);
  other = await makeProject(owner.api, 'other', server.url);
});
afterAll(() => server?.stop());

const send = (method: string, path: string, body?: unknown, headers = {}): Promise<Reply> =>
  ask(`${server.appUrl}${path}`, {
    method,
    headers: {
      Origin: server.appUrl,
      'Sec-Fetch-Site': 'same-origin',
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
const asOwner = () => ({ Cookie: owner.cookie() });

/** Process ids of all workers so far. */
function pidsOf({ log }: TestServer): number[] {
  const lines = log().matchAll(/"pid":(\d+),.*"msg":"worker listening"/g);
  return [...lines].map(([, pid]) => Number(pid));
}

/** Polls until the result is as expected: counts are written every two seconds, and workers take time to start. */
async function eventually<T>(read: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  for (let left = 100; ; left--) {
    const value = await read();
    if (isThere(value) || left === 0) return value;
    await sleep(200);
  }
}

describe('two workers', () => {
  it('both answer on the one port', async () => {
    const replies = await spread(8, () => send('GET', '/health'));
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(processesOf(replies)).toBe(2);
  });

  it('start once: one project, one sample, one set-up link, one place to read', () => {
    const shown = `${server.output()}${server.secrets}`;
    for (const text of [/^AURA_SECRET_KEY=/gm, /setup\?token=/g, /^AuraImage listens on/gm]) {
      expect(shown.match(text)).toHaveLength(1);
    }
  });

  it('let no more through together than one process does', async () => {
    const guess = { email: 'nobody@example.com', password: 'a wrong password' };
    const guesses = await spread(24, () => send('POST', '/v1/auth/sign-in', guess));
    const byStatus = (status: number) => guesses.filter((reply) => reply.status === status);
    expect(byStatus(401)).toHaveLength(10);
    expect(byStatus(429)).toHaveLength(14);
    expect(processesOf(byStatus(429))).toBe(2);

    const token = await new AuraImage(other).signUpload();
    const uploads = await spread(UPLOADS + 8, () => uploadFreshly(server.url, token));
    expect(uploads.filter(({ status }) => status === 201)).toHaveLength(UPLOADS);
    expect(uploads.filter(({ status }) => status === 429)).toHaveLength(8);
    expect(processesOf(uploads)).toBe(2);
  });

  it('let a device sign in whose question, approval and token go to different ones', async () => {
    const asked = await send('POST', '/v1/auth/device/code', { name: 'a laptop' });
    const codes = json(asked) as { device_code: string; user_code: string };
    const otherThan = async (reply: Reply, next: () => Promise<Reply>): Promise<Reply> => {
      for (;;) {
        const probe = await send('GET', '/health');
        // The next connection goes to the other worker.
        if (processOf(probe) === processOf(reply)) return next();
      }
    };
    const approved = await otherThan(asked, () =>
      send('POST', '/v1/auth/device/approve', { userCode: codes.user_code }, asOwner()),
    );
    expect(approved.status).toBe(204);
    expect(processOf(approved)).not.toBe(processOf(asked));
    const given = await otherThan(approved, () =>
      send('POST', '/v1/auth/device/token', { device_code: codes.device_code }),
    );
    expect(processOf(given)).not.toBe(processOf(approved));
    const { token } = json(given) as { token: string };
    const mine = await spread(4, () =>
      send('GET', '/v1/projects', undefined, { Authorization: `Bearer ${token}` }),
    );
    expect(mine.map(({ status }) => status)).toEqual(Array(4).fill(200));
  });

  it('refuse, both, the session that one of them ended', async () => {
    const { email, password } = owner;
    const entered = await send('POST', '/v1/auth/sign-in', { email, password });
    const [cookie = ''] = (entered.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]);
    const me = () => send('GET', '/v1/auth/me', undefined, { Cookie: cookie });
    expect((await spread(4, me)).map(({ status }) => status)).toEqual(Array(4).fill(200));
    await send('POST', '/v1/auth/sign-out', undefined, { Cookie: cookie });
    const later = await spread(4, me);
    expect(later.map(({ status }) => status)).toEqual(Array(4).fill(401));
    expect(processesOf(later)).toBe(2);
  });

  it('hold a flip from the moment that one of them has answered', async () => {
    const url = server.sample.unsigned;
    const key = new URL(url).pathname.split('/').at(-1) ?? '';
    for (const visibility of ['public', 'private', 'public', 'private'] as const) {
      await server.aura.setVisibility(key, visibility);
      const replies = await spread(6, () => ask(url));
      const expected = visibility === 'public' ? 200 : 403;
      expect(replies.map(({ status }) => status)).toEqual(Array(6).fill(expected));
      expect(processesOf(replies)).toBe(2);
    }
  });

  it('refuse, both, what was given to a recipient that one of them revoked', async () => {
    const { credentials, sample } = server;
    const { projectName: p, serveSecret } = credentials;
    const url = sample.unsigned;
    const f = new URL(url).pathname.split('/').at(-1) ?? '';
    const given = () =>
      withToken(
        url,
        handToken({ p, f, sub: 'customer:42', iat: now(), exp: now() + 600 }, serveSecret),
      );
    const bearer = { Authorization: `Bearer ${credentials.secretKey}` };
    const recipients = `/v1/projects/${p}/recipients`;
    const reads = async () => {
      const listed = json(await send('GET', recipients, undefined, bearer));
      return (listed as { recipients: { sub: string; reads: number }[] }).recipients[0];
    };
    const before = given();
    for (const count of [4, 8]) {
      const link = given();
      const replies = await spread(4, () => ask(link));
      expect(replies.map(({ status }) => status)).toEqual(Array(4).fill(200));
      expect(processesOf(replies)).toBe(2);
      const listed = await eventually(reads, (found) => found?.reads === count);
      expect(listed).toMatchObject({ sub: 'customer:42', reads: count });
      await send('POST', `${recipients}/revoke`, { sub: 'customer:42' }, bearer);
      for (const old of [before, link]) {
        const refused = await spread(4, () => ask(old));
        expect(refused.map(({ status }) => status)).toEqual(Array(4).fill(403));
        expect(processesOf(refused)).toBe(2);
      }
    }
  });

  it('count what they do into one sum, for the account and for the operator', async () => {
    interface Usage {
      readonly days: readonly { readonly reads: { readonly ok: number } }[];
    }
    const ok = async () => {
      const path = `/v1/projects/${server.credentials.projectName}/usage?days=1`;
      const reply = await send('GET', path, undefined, asOwner());
      return (json(reply) as Usage).days.at(-1)?.reads.ok ?? 0;
    };
    const served = async () => {
      const text = (await send('GET', '/metrics')).body.toString();
      const line =
        /^aura_requests_total\{route="\/\{project\}\/\{key\}",method="GET",status="200"\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const servedBefore = await served();
    const before = await eventually(ok, (count) => count === servedBefore);
    await spread(21, () => ask(server.sample.signed));
    expect(await eventually(ok, (count) => count === before + 21)).toBe(before + 21);
    expect(await served()).toBe(servedBefore + 21);
  });

  it('are two again when one was killed, and what it had counted stays', async () => {
    const total = async () => {
      const text = (await send('GET', '/metrics')).body.toString();
      const counts = text.matchAll(/^aura_requests_total\{.*\} (\d+)$/gm);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    };
    const before = await total();
    const pids = () => pidsOf(server);
    const [first = 0] = pids();
    process.kill(first, 'SIGKILL');
    expect(
      await eventually(
        async () => pids().length,
        (count) => count === 3,
      ),
    ).toBe(3);
    const replies = await spread(8, () => send('GET', '/health'));
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(processesOf(replies)).toBe(2);
    expect(await total()).toBeGreaterThanOrEqual(before + 8);
  });

  it('end together, in order, even if each gets the signal as well as the supervisor', async () => {
    const token = await server.aura.signUpload();
    const uploads = await Promise.all(
      Array.from({ length: 4 }, () => uploadUnderWay(server.url, token)),
    );
    const draining = async () => server.log().match(/"msg":"draining"/g)?.length ?? 0;
    for (const pid of pidsOf(server).slice(1)) process.kill(pid, 'SIGTERM');
    expect(await eventually(draining, (count) => count === 2)).toBe(2);
    const stopped = server.stop();
    expect(await eventually(draining, (count) => count === 3)).toBe(3);
    const answers = await Promise.all(uploads.map((upload) => upload.end()));
    // Nothing was in them.
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(await stopped).toBe(0);
    const ended = server.log().match(/"code":0,"signal":null,"msg":"worker exited"/g);
    expect(ended).toHaveLength(2);
  });
});

describe('a machine on which no worker can be started', () => {
  it('ends with the worker’s message at the start', async () => {
    const busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = busy.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const dataDir = await temporaryFolder();
    const started = startTestServer({
      dataDir,
      env: { AURA_WORKERS: '2', PORT: String(port) },
    });
    await expect(started).rejects.toThrow(/code 1\n.*The port is in use/s);
    busy.close();
    await removeFolder(dataDir);
  }, 90_000);

  it('ends with it later, when the last one is gone', async () => {
    const lost = await startTestServer({ env: { AURA_WORKERS: '2' } });
    const ended = once(lost.process, 'exit');
    // The log comes through another pipe than the address: a worker may not be in it yet.
    const pids = await eventually(
      async () => pidsOf(lost),
      ({ length }) => length === 2,
    );
    // From now on no process can start with this folder.
    await chmod(join(lost.dataDir, 'master.key'), 0o644);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    expect(await ended).toEqual([1, null]);
    expect(lost.log()).toContain('can be read by other users');
    await removeFolder(lost.dataDir);
  }, 90_000);
});
