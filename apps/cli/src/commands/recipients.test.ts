import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim' };
const RECIPIENT = {
  ...{ sub: 'customer:42', reads: 120, sentBytes: 2048, lastReadOn: '2026-11-25' },
  revokedAt: null as string | null,
};

let server: FakeServer;
let sandbox: Sandbox;

beforeEach(async () => {
  server = await startFakeServer({
    'GET /v1/projects': () => ({ body: { projects: [{ id: 'p', projectName: 'my-app' }] } }),
    'GET /v1/projects/my-app/recipients': ({ path }) => {
      const query = new URLSearchParams(path.split('?')[1]);
      const { q = '', cursor } = Object.fromEntries(query);
      const all = [RECIPIENT, { ...RECIPIENT, sub: 'eve', reads: 1, lastReadOn: null }];
      const found = all.filter(({ sub }) => sub.includes(q));
      return {
        body: {
          recipients: cursor === undefined ? found.slice(0, 1) : found.slice(1),
          others: { reads: 7, sentBytes: 70 },
          cursor: cursor === undefined && found.length > 1 ? 'next' : null,
        },
      };
    },
    'POST /v1/projects/my-app/recipients/revoke': ({ body }) => ({
      body: { ...JSON.parse(body), revokedAt: '2026-11-25T10:20:30.000Z' },
    }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(argv, { env });

it('lists recipients, page by page', async () => {
  const { out, err } = await aura('recipients');
  expect(out.split('\n').map((line) => line.trim())).toEqual([
    '2026-11-25      120 reads      2.0 KB  customer:42',
    '1 read      2.0 KB  eve',
    '',
  ]);
  expect(err).toContain('All further recipients together: 7 reads');
  const one = await aura('recipients', '--limit', '1');
  expect(one.err).toContain('Showing the first 1; --limit 0 lists all');
  const found = await aura('recipients', 'list', '--search', 'eve', '--json');
  expect(JSON.parse(found.out)).toMatchObject({ sub: 'eve', reads: 1, revokedAt: null });
  expect((await aura('recipients', '--search', 'nobody')).err).toContain('No recipients in my-app');
});

it('revokes a recipient, after a question', async () => {
  const revoke = ['recipients', 'revoke', 'customer:42'];
  const ask = (answer: string) =>
    sandbox.run(revoke, { env, terminal: true, keys: [['given to customer:42?', answer]] });
  expect((await ask('n')).err).toContain('Nothing was revoked');
  const asked = () => server.received.filter(({ method }) => method === 'POST');
  expect(asked()).toEqual([]);
  expect((await ask('y')).out).toContain('given to customer:42 before now no longer work');
  expect(asked().map(({ body }) => body)).toEqual(['{"sub":"customer:42"}']);
  const { out } = await aura(...revoke, '--yes', '--json');
  const revokedAt = '2026-11-25T10:20:30.000Z';
  expect(JSON.parse(out)).toEqual({ project: 'my-app', sub: 'customer:42', revokedAt });
  expect((await aura(...revoke)).err).toContain('Not a terminal: pass --yes');
  const { exit, err } = await aura('recipients', 'revoke', 'a b', '--yes');
  expect([exit, err]).toEqual([2, expect.stringContaining("'a b' is invalid")]);
});
