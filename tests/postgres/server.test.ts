import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../harness/server.js';
import { createDatabase, runSql } from './support/database.js';

describe('a server whose records are in PostgreSQL', () => {
  let url: string;
  let server: TestServer;
  beforeAll(async () => {
    url = await createDatabase();
    server = await startTestServer({ env: { AURA_DATABASE_URL: url } });
  });
  afterAll(() => server.stop());

  it('makes a project, keeps its picture there, and lets nobody in without a token', async () => {
    expect((await fetch(server.sample.unsigned)).status).toBe(403);
    expect((await fetch(server.sample.signed)).status).toBe(200);
    const rows = await runSql<{ visibility: string }>(url, 'SELECT visibility FROM images');
    expect(rows).toEqual([{ visibility: 'private' }]);
  });

  it('tells of its connections in the metrics', async () => {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const numbers = [...metrics.matchAll(/^aura_database_(\w+)(?:\{state="(\w+)"\})? (\d+)$/gm)];
    const told = new Map(numbers.map(([, name, state = '', n]) => [`${name} ${state}`, Number(n)]));
    expect(told.get('connections_limit ')).toBe(10);
    expect(told.get('waiting ')).toBe(0);
    const open = (told.get('connections busy') ?? 0) + (told.get('connections idle') ?? 0);
    expect(open).toBeGreaterThan(0);
  });
});
