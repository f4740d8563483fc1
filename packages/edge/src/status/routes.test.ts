import { createRouter } from '@auraimage/http';
import { StorageUnavailableError } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { statusRoutes } from './routes.js';

describe('/ready', () => {
  let now: number;
  let draining: boolean;
  let storeFails: boolean;
  let looks: number;
  let problem: Error;
  let ask: () => Promise<{ readonly status: number; readonly body: unknown }>;

  beforeEach(() => {
    now = 1_900_000_000_000;
    draining = false;
    storeFails = false;
    looks = 0;
    problem = new Error('the disk is gone');
    const ping = async () => {
      looks++;
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
    ask = async () => {
      const response = await router.fetch(new Request('http://localhost/ready'), {
        requestId: 'id',
        client: '::1',
        host: null,
        isOperator: () => false,
        isDisconnected: async () => false,
        facts: {},
      });
      return { status: response.status, body: await response.json() };
    };
  });

  it('looks once a second, however many ask, and then anew', async () => {
    const replies = await Promise.all(Array.from({ length: 20 }, () => ask()));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    now += 999;
    expect((await ask()).status).toBe(200);
    expect(looks).toBe(1);
    storeFails = true;
    now += 1;
    const body = { status: 'unavailable', database: 'ok', store: 'unavailable' };
    expect(await ask()).toEqual({ status: 503, body });
    storeFails = false;
    now += 1000;
    expect((await ask()).status).toBe(200);
  });

  it('says what to do about a store where that is known, and no more of others', async () => {
    storeFails = true;
    problem = new StorageUnavailableError('set AWS_ACCESS_KEY_ID', { cause: new Error('hush') });
    expect((await ask()).body).toEqual({
      status: 'unavailable',
      database: 'ok',
      store: 'unavailable',
      message: 'set AWS_ACCESS_KEY_ID',
    });
  });

  it('looks anew after the clock was set back', async () => {
    await ask();
    now -= 3_600_000;
    storeFails = true;
    expect((await ask()).status).toBe(503);
  });

  it('knows at once of a shutdown', async () => {
    expect((await ask()).status).toBe(200);
    draining = true;
    const body = { status: 'draining', database: 'ok', store: 'ok' };
    expect(await ask()).toEqual({ status: 503, body });
  });
});
