import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim' };
const COUNTS = { reads: 1200, sentBytes: 2048, encodeSeconds: 1.25 };
const OTHERS = { reads: 1, sentBytes: 10, encodeSeconds: 0 };
const CSV = 'image,exists,reads\r\na.jpg,true,1200\r\n';
const DAY = {
  date: '2026-11-25',
  reads: { ok: 5, notModified: 2, refused: { missing: 1, expired: 2, other: 3 } },
  sentBytes: 1024,
  encodeSeconds: 0.5,
};

let server: FakeServer;
let sandbox: Sandbox;

beforeEach(async () => {
  const usage = 'GET /v1/projects/my-app/usage';
  const images = [
    { key: 'a.jpg', image: {}, ...COUNTS },
    { key: 'b.jpg', image: null, ...COUNTS },
  ];
  const refusals = [
    { reason: 'expired', title: 'Token has expired', help: 'Sign again.', reads: 7 },
  ];
  server = await startFakeServer({
    'GET /v1/projects': () => ({ body: { projects: [{ id: 'p', projectName: 'my-app' }] } }),
    [usage]: () => ({ body: { days: [DAY] } }),
    [`${usage}/images`]: ({ path }) =>
      path.includes('format=csv')
        ? { headers: { 'Content-Type': 'text/csv; charset=utf-8' }, body: CSV }
        : { body: { images, others: OTHERS, margin: 3 } },
    [`${usage}/presets`]: () => ({
      body: { presets: [], others: { ...OTHERS, reads: 0 }, margin: 0 },
    }),
    [`${usage}/refusals`]: () => ({ body: { refusals } }),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(['usage', ...argv], { env });
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());

it('shows days, the busiest names, and refusals with what to do', async () => {
  const days = await aura('--days', '7');
  expect(linesOf(days.out)).toEqual([
    '2026-11-25        7 reads      1.0 KB      0.5 s  6 refused',
  ]);
  expect(server.received.at(-1)?.path).toBe('/v1/projects/my-app/usage?days=7');
  const images = await aura('--by', 'image');
  expect(linesOf(images.out)).toEqual([
    '1200 reads      2.0 KB      1.3 s  a.jpg',
    '1200 reads      2.0 KB      1.3 s  b.jpg  (deleted or renamed)',
    '1 read    10 bytes      0.0 s  all others',
    'Each has at most 3 more reads than its number',
  ]);
  expect((await aura('--by', 'preset')).err).toContain('No reads by preset in my-app');
  const refusals = await aura('--by', 'refusal');
  expect(linesOf(refusals.out)).toEqual(['7 reads  Token has expired', 'Sign again.']);
});

it('prints what the server sends as a table or as JSON', async () => {
  expect((await aura('--by', 'image', '--csv')).out).toBe(CSV);
  expect(JSON.parse((await aura('--json')).out)).toEqual({ days: [DAY] });
});

it.each([
  [['--csv', '--json'], 'not both'],
  [['--by', 'image', '--days', '31'], 'is counted for 30 days'],
  [['--days', '91'], 'Give a whole number from 1 to 90'],
  [['--by', 'month'], 'Allowed choices are day, image, preset, refusal'],
])('refuses %j', async (argv, message) => {
  const { exit, err } = await aura(...argv);
  expect([exit, err]).toEqual([2, expect.stringContaining(message)]);
});
