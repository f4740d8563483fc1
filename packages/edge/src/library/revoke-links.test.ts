import type { ImageRecord } from '@auraimage/ports';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EdgeEnv } from '../context.js';
import type { AccessVerdict, EdgePorts } from '../ports.js';
import { revokeLinksRoute } from './revoke-links.js';

const PATH = '/v1/images/my-app/abc123xyz0-photo.jpg/revoke-links';
const actor = { kind: 'secret_key', name: 'a key' } as const;

describe('the route that stops links', () => {
  let verdict: AccessVerdict;
  let asked: unknown[];
  let revokedAt: number | null;
  let env: EdgeEnv;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_900_000_000_250 });
    verdict = { granted: true, actor, secretKeyId: 'key-1' };
    asked = [];
    revokedAt = null;
    env = {
      requestId: 'id',
      client: '::1',
      isOperator: () => false,
      hasLeft: async () => false,
      facts: {},
    };
  });
  afterEach(() => vi.useRealTimers());

  function post(now: () => number = Date.now) {
    const ports = {
      access: { check: async () => verdict },
      clock: { now },
      images: {
        async revokeLinks(address: { key: string }, before: number) {
          asked.push(before);
          return { ...address, linksRevokedAt: revokedAt ?? before } as ImageRecord;
        },
      },
    } as unknown as EdgePorts;
    const app = new Hono<{ Bindings: EdgeEnv }>();
    app.post('/v1/images/:project/:key/revoke-links', async (c) => {
      const { status, body } = await revokeLinksRoute(ports)(c);
      return new Response(body as string, { status });
    });
    app.onError((error) => {
      throw error;
    });
    let answered: Response | undefined;
    const done = Promise.resolve(app.request(PATH, { method: 'POST' }, env)).then((response) => {
      answered = response;
    });
    return { answer: () => answered, done };
  }

  it('commits at once, and answers when the second is over', async () => {
    const { answer } = post();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([1_900_000_001]);
    await vi.advanceTimersByTimeAsync(749);
    expect(answer()).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(await answer()?.json()).toEqual({ linksRevokedAt: '2030-03-17T17:46:41.000Z' });
    expect(env.facts.secretKeyId).toBe('key-1');
    expect(env.facts.change).toEqual({
      actor,
      action: 'image.links_revoked',
      key: 'abc123xyz0-photo.jpg',
      details: { linksRevokedAt: '2030-03-17T17:46:41.000Z' },
    });
  });

  it('tells the time that counts, where a later one is kept', async () => {
    revokedAt = 1_900_000_100;
    const { answer } = post();
    await vi.advanceTimersByTimeAsync(1100);
    expect(await answer()?.json()).toEqual({ linksRevokedAt: '2030-03-17T17:48:20.000Z' });
  });

  it('waits no longer than a second and a bit, whatever the clock does', async () => {
    const { answer } = post(() => 1_900_000_000_250);
    await vi.advanceTimersByTimeAsync(1200);
    expect(answer()?.status).toBe(200);
  });

  it('asks nothing of the records for who may not', async () => {
    verdict = { granted: false, refusal: 'other' };
    await expect(post().done).rejects.toMatchObject({ code: 'project_forbidden' });
    expect(asked).toEqual([]);
  });
});
