import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, refusal, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim', AURA_PROJECT: 'my-app' };
const PRESETS = '/v1/projects/my-app/presets';

const card = { name: 'card', transform: 'w=640,h=360', open: false, watermark: null };
const preview = {
  name: 'preview',
  transform: 'w=800',
  open: true,
  watermark: { key: 'brand/logo', position: 'center', scale: 0.25, opacity: 1, tile: false },
};

let server: FakeServer;
let sandbox: Sandbox;
let presets: readonly object[];
const sent = () => JSON.parse(server.received.at(-1)?.body ?? '');
const run = (...argv: string[]) => sandbox.run(['presets', ...argv], { env });

beforeEach(async () => {
  presets = [card, preview];
  server = await startFakeServer({
    [`GET ${PRESETS}`]: () => ({ body: { presets } }),
    [`PUT ${PRESETS}/card`]: ({ body }) => ({ body: { ...card, ...JSON.parse(body) } }),
    [`PUT ${PRESETS}/taken`]: () => refusal(409, 'preset_name_taken'),
    [`DELETE ${PRESETS}/card`]: () => ({ status: 204 }),
    [`DELETE ${PRESETS}/none`]: () => refusal(404, 'preset_not_found'),
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

describe('aura presets', () => {
  it('lists the presets, for people and as JSON', async () => {
    const { exit, out } = await run();
    expect([exit, out]).toEqual([
      0,
      'card     w=640,h=360\npreview  w=800  open  watermark brand/logo\n',
    ]);
    const lines = (await run('list', '--json')).out.trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([card, preview]);
    presets = [];
    expect((await run()).err).toContain('aura presets set');
  });

  it('sets a preset with one spelling of its transform', async () => {
    const { exit, out } = await run('set', 'card', 'q=70,w=9,fit=crop');
    expect([exit, out]).toEqual([0, 'card  w=9,fit=cover,q=70\n']);
    expect(sent()).toEqual({ transform: 'w=9,fit=cover,q=70', open: false, watermark: null });
  });

  it('sets an open one with a watermark, and warns', async () => {
    const mark = ['--watermark', 'brand/logo', '--position', 'center', '--opacity', '.5', '--tile'];
    const { err } = await run('set', 'card', 'w=9', '--open', ...mark);
    expect(err).toContain('without a token');
    const watermark = { key: 'brand/logo', position: 'center', opacity: 0.5, tile: true };
    expect(sent()).toEqual({ transform: 'w=9', open: true, watermark });
  });

  it.each([
    [['card', 'w=wide'], '"w" must be'],
    [['card', 'fmt=original'], 'fmt=original'],
    [['Card', 'w=1'], 'begins with a letter'],
    [['card', 'w=1', '--scale', '2'], '0.01 to 1'],
    [['card', 'w=1', '--position', 'north'], 'bottom-right'],
    [['card', 'w=1', '--tile'], '--watermark'],
    [['card'], 'transform'],
  ])('refuses %j without a request', async (argv, problem) => {
    const { exit, err } = await run('set', ...argv);
    expect(exit).toBe(2);
    expect(err).toContain(problem);
    expect(server.received).toEqual([]);
  });

  it('removes a preset', async () => {
    expect((await run('rm', 'card')).out).toBe('Removed the preset card of my-app\n');
    expect(JSON.parse((await run('rm', 'card', '--json')).out)).toMatchObject({ name: 'card' });
  });

  it('explains refusals', async () => {
    expect((await run('rm', 'none')).err).toContain('preset_not_found');
    expect((await run('set', 'taken', 'w=1')).err).toContain('preset_name_taken');
    const asKey = { env: { ...env, AURA_TOKEN: 'sk_live_key' } };
    const { exit, err } = await sandbox.run(['presets'], asKey);
    expect([exit, err]).toEqual([2, expect.stringContaining('aura login')]);
  });
});
