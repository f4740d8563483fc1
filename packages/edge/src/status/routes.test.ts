import { createRouter } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import { StorageUnavailableError } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { statusRoutes } from './routes.js';

describe('/ready', () => {
  let now: number;
  let draining: boolean;
  let storeFails: boolean;
  let pings: number;
  let problem: Error;
  let getReady: () => Promise<{ readonly status: number; readonly body: unknown }>;

  beforeEach(() => {
    now = 1_900_000_000_000;
    draining = false;
    storeFails = false;
    pings = 0;
    problem = new Error('disk failure');
    const ping = async () => {
      pings++;
      if (storeFails) throw problem;
    };
    const routes = statusRoutes(
      {
        images: { ping: async () => {} },
        objects: { ping },
        clock: { now: () => now },
      },
      { isDraining: () => draining },
    );
    const router = createRouter(routes);
    getReady = async () => {
      const response = await router.fetch(new Request('http://localhost/ready'), testContext());
      return { status: response.status, body: await response.json() };
    };
  });

  it('checks at most once a second, however many requests there are', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => getReady()));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    now += 999;
    expect((await getReady()).status).toBe(200);
    expect(pings).toBe(1);
    storeFails = true;
    now += 1;
    const body = { status: 'unavailable', database: 'ok', store: 'unavailable' };
    expect(await getReady()).toEqual({ status: 503, body });
    storeFails = false;
    now += 1000;
    expect((await getReady()).status).toBe(200);
  });

  it('shows what to do about the store if it is known, but not the cause', async () => {
    storeFails = true;
    problem = new StorageUnavailableError('set AWS_ACCESS_KEY_ID', { cause: new Error('hush') });
    expect((await getReady()).body).toEqual({
      status: 'unavailable',
      database: 'ok',
      store: 'unavailable',
      message: 'set AWS_ACCESS_KEY_ID',
    });
  });

  it('checks again after the clock was set back', async () => {
    await getReady();
    now -= 3_600_000;
    storeFails = true;
    expect((await getReady()).status).toBe(503);
  });

  it('reports a shutdown immediately', async () => {
    expect((await getReady()).status).toBe(200);
    draining = true;
    const body = { status: 'draining', database: 'ok', store: 'ok' };
    expect(await getReady()).toEqual({ status: 503, body });
  });
});
