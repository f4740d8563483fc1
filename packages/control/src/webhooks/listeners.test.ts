import { ApiError, createRouter } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type { ListenedEvent } from '@auraimage/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ControlDependencies } from '../dependencies.js';
import { listenerRoutes } from './listeners.js';
import { makeWebhookSecret } from './message.js';

const EVENT: ListenedEvent = {
  delivery: 'dlv_1',
  event: { id: 'evt_1', sequence: 1, type: 'image.uploaded', at: 0, data: { project: 'my-app' } },
};

/** The routes, with a project whose listeners are those that a test asks for. */
function start() {
  const state = { projectId: 'p', accountId: 'a', isMember: true, events: [] as ListenedEvent[] };
  const hearing = new Set<() => void>();
  const reads: string[] = [];
  const stopping = new AbortController();
  const secret = makeWebhookSecret();
  const dependencies = {
    ports: {
      clock: { now: Date.now },
      webhooks: {
        keepListener: async (_: string, id: string) => (id === 'unknown' ? null : secret),
        async listen(_: string, id: string) {
          reads.push(id);
          return state.events;
        },
      },
      deliveries: {
        onEvents(listener: () => void) {
          hearing.add(listener);
          return () => hearing.delete(listener);
        },
      },
    },
    options: { publicUrl: 'https://cdn.example' },
    access: {
      can: () => ({
        security: [],
        errors: [],
        async check() {
          if (!state.isMember) throw new ApiError('project_not_found');
          return { project: { id: state.projectId, accountId: state.accountId, name: 'my-app' } };
        },
      }),
    },
    stopping: stopping.signal,
  } as unknown as ControlDependencies;
  const router = createRouter(listenerRoutes(dependencies));

  /** @returns the status, and ids of events or the code of the error */
  async function ask(id: string, query = '?wait=25') {
    const url = `http://localhost/v1/projects/my-app/listeners/${id}/events${query}`;
    const response = await router.fetch(new Request(url), testContext({ client: '192.0.2.7' }));
    const body: { events?: { id: string }[] } = response.ok ? await response.json() : {};
    return [response.status, body.events?.map((one) => one.id) ?? codeOf(response)];
  }
  /** Waits until so many requests have found no event. */
  const waiting = async (count: number) => {
    while (reads.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const emit = () => {
    state.events = [EVENT];
    for (const listener of hearing) listener();
  };
  return { state, hearing, ask, waiting, emit, stop: () => stopping.abort() };
}

const codeOf = (response: Response) => response.headers.get('x-aura-error');

let server: ReturnType<typeof start>;
beforeEach(() => {
  server = start();
});

describe('a request that waits for events', () => {
  it('gets them as soon as there are any', async () => {
    const waits = server.ask('one');
    await server.waiting(1);
    server.emit();
    expect(await waits).toEqual([200, ['dlv_1']]);
    expect(server.hearing.size).toBe(0);
  });

  it('is ended by a newer one of its listener, and by no other', async () => {
    const older = server.ask('one');
    const other = server.ask('two');
    await server.waiting(2);
    expect(await server.ask('one', '')).toEqual([200, []]);
    expect(server.hearing.size).toBe(2);
    const newer = server.ask('one');
    expect(await older).toEqual([200, []]);
    server.emit();
    expect(await Promise.all([newer, other])).toEqual([
      [200, ['dlv_1']],
      [200, ['dlv_1']],
    ]);
  });

  it('ends when the server stops', async () => {
    const waits = [server.ask('one'), server.ask('two')];
    await server.waiting(2);
    server.stop();
    expect(await Promise.all(waits)).toEqual(Array(2).fill([200, []]));
    expect(await server.ask('three')).toEqual([200, []]);
  });

  it('gets no events once the member is removed', async () => {
    const waits = server.ask('one');
    await server.waiting(1);
    server.state.isMember = false;
    server.emit();
    expect(await waits).toEqual([404, 'project_not_found']);
  });

  it('gets no events once the name belongs to another project', async () => {
    const waits = server.ask('one');
    await server.waiting(1);
    server.state.projectId = 'another';
    server.emit();
    expect(await waits).toEqual([404, 'project_not_found']);
  });

  it('is refused where those of 100 other listeners wait', async () => {
    const waits = Array.from({ length: 100 }, (_, n) => {
      server.state.accountId = `${Math.floor(n / 10)}`;
      return server.ask(`${n}`);
    });
    await server.waiting(100);
    server.state.accountId = 'one more';
    expect(await server.ask('one more')).toEqual([503, 'listeners_busy']);
    expect(await server.ask('one more', '')).toEqual([200, []]);
    const again = server.ask('0');
    expect(await waits[0]).toEqual([200, []]);
    server.emit();
    for (const [status] of await Promise.all([...waits.slice(1), again])) expect(status).toBe(200);
    expect(server.hearing.size).toBe(0);
  });
  it('is refused where those of 10 other listeners of its account wait', async () => {
    const waits = Array.from({ length: 10 }, (_, n) => server.ask(`${n}`));
    await server.waiting(10);
    server.state.projectId = 'another';
    expect(await server.ask('one more')).toEqual([503, 'listeners_busy']);
    server.state.projectId = 'p';
    server.state.accountId = 'another';
    const other = server.ask('one more');
    await server.waiting(11);
    server.emit();
    for (const [status] of await Promise.all([...waits, other])) expect(status).toBe(200);
  });
});
