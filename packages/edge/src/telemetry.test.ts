import { createRouter, type RequestContext } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import { describe, expect, it } from 'vitest';
import type { EdgePorts } from './ports.js';
import { telemetryRoute } from './telemetry.js';

/** The route, and what its answers and facts say of a report. */
function start(uploadPolicy: EdgePorts['projects']['uploadPolicy']) {
  const clock = { time: 1_900_000_000_000, now: () => clock.time };
  const router = createRouter([telemetryRoute({ projects: { uploadPolicy }, clock })]);
  async function send(projectName: string, client = '192.0.2.7') {
    const facts: RequestContext['facts'] = {};
    const context = testContext({ client, facts });
    const body = JSON.stringify({ lcp: 1500, projectName, pathname: '/' });
    const request = new Request('http://localhost/v1/telemetry', { method: 'POST', body });
    const { status } = await router.fetch(request, context);
    expect(status).toBe(204);
    return facts.pageLoad;
  }
  return { clock, send };
}

const everyProject = async () => ({ secretKeys: [] }) as never;

describe('the telemetry of pages', () => {
  it('is counted in seconds for projects that exist', async () => {
    const asked: string[] = [];
    const { send, clock } = start(async (name) => {
      asked.push(name);
      return name === 'my-app' ? everyProject() : null;
    });
    expect(await send('my-app')).toEqual({ project: 'my-app', lcpSeconds: 1.5 });
    expect(await send('other')).toBeUndefined();
    await send('my-app');
    await send('other');
    await send('No Project');
    expect(asked).toEqual(['my-app', 'other']);
    clock.time += 60_000;
    await send('my-app');
    expect(asked).toHaveLength(3);
  });

  it('is answered while the database is not, and asks it again', async () => {
    let down = true;
    const { send } = start(() => (down ? Promise.reject(new Error('down')) : everyProject()));
    expect(await send('my-app')).toBeUndefined();
    down = false;
    expect(await send('my-app')).toBeDefined();
  });

  it('has at most a hundred labels', async () => {
    const { send, clock } = start(everyProject);
    for (let at = 0; at < 100; at++) {
      clock.time += 1000;
      expect(await send(`app-${at}`, `198.51.100.${at}`)).toMatchObject({ project: `app-${at}` });
    }
    clock.time += 1000;
    expect(await send('one-more')).toMatchObject({ project: '(other)' });
    expect(await send('app-7')).toMatchObject({ project: 'app-7' });
  });

  it('counts sixty reports of a client in a minute', async () => {
    const { send, clock } = start(everyProject);
    for (let at = 0; at < 60; at++) expect(await send('my-app')).toBeDefined();
    expect(await send('my-app')).toBeUndefined();
    expect(await send('my-app', '192.0.2.8')).toBeDefined();
    clock.time += 60_000;
    expect(await send('my-app')).toBeDefined();
  });

  it('counts a hundred reports in a second', async () => {
    const { send, clock } = start(everyProject);
    for (let at = 0; at < 100; at++) expect(await send('my-app', `198.51.100.${at}`)).toBeDefined();
    expect(await send('my-app')).toBeUndefined();
    clock.time += 1000;
    expect(await send('my-app')).toBeDefined();
  });
});
