import { readServeToken } from '@auraimage/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const A = 'aaaaaaaaaa-a.jpg';

let server: FakeServer;
let sandbox: Sandbox;

beforeEach(async () => {
  server = await startFakeServer({
    'GET /v1/projects': () => ({
      body: { projects: [{ id: 'my-app', projectName: 'my-app' }] },
    }),
    'POST /v1/projects/my-app/signed-urls': ({ body }) => {
      const { keys, ...limits } = JSON.parse(body);
      const token = Object.values(limits).join('-');
      const urls = keys.map((key: string) => ({ key, url: `http://x/${key}?token=${token}` }));
      return { body: { expiresAt: '2026-11-25T11:20:30.000Z', urls } };
    },
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

const aura = (...argv: string[]) => sandbox.run(argv, { env: { AURA_TOKEN: 'aura_cli_kim' } });

describe('aura sign', () => {
  it('prints only the link, with the transforms after the token', async () => {
    const { exit, out } = await aura(
      'sign',
      A,
      '--expires',
      '10m',
      '--width',
      '400',
      '--format',
      'webp',
    );
    expect(exit).toBe(0);
    expect(out).toBe(`http://x/${A}?token=600&w=400&fmt=webp\n`);
  });

  it('takes every transform in one text, and refuses what the server would', async () => {
    const signed = (transform: string) =>
      aura('sign', A, '--width', '400', '--height', '300', '--transform', transform);
    const { out } = await signed('rotate=90,bg=F80,fp=0.3x0.70');
    expect(out).toBe(`http://x/${A}?token=3600&w=400&h=300&fp=0.3x0.7&rotate=90&bg=ff8800\n`);
    const count = server.received.length;
    for (const [transform, problem] of [
      ['rotate=45', '"rotate" must be one of 0, 90, 180, 270'],
      ['w=300', '"w" must be'],
      ['gray', 'name=value'],
      ['tint=red', '"tint" is not an option'],
    ] as const) {
      const { exit, err } = await signed(transform);
      expect([exit, err]).toEqual([2, expect.stringContaining(problem)]);
    }
    expect(server.received).toHaveLength(count);
  });

  it('limits links to a size and a recipient, which never open the original', async () => {
    const limits = ['--max-edge', '800', '--recipient', 'customer:42'];
    const { out } = await aura('sign', A, ...limits, '--width', '400', '--transform', 'gray=true');
    expect(out).toBe(`http://x/${A}?token=3600-800-customer:42&w=400&gray=true\n`);
    const count = server.received.length;
    for (const original of ['fmt=original', 'metadata=none']) {
      const { exit, err } = await aura('sign', A, ...limits, '--transform', original);
      expect([exit, err]).toEqual([2, expect.stringContaining('does not open the original')]);
    }
    expect(server.received).toHaveLength(count);
  });

  it('signs locally only with the serve secret of that project', async () => {
    const own = {
      AURA_SERVE_SECRET: 'psk_live_own',
      NEXT_PUBLIC_AURA_PROJECT_NAME: 'my-app',
      AURA_CDN_URL: 'https://cdn.example',
    };
    const limits = ['--max-edge', '800', '--recipient', 'customer:42'];
    const local = await sandbox.run(['sign', A, ...limits, '--json'], { env: own });
    expect(JSON.parse(local.out)).toMatchObject({ project: 'my-app', key: A });
    const [address, token = ''] = JSON.parse(local.out).url.split('?token=');
    expect(address).toBe(`https://cdn.example/my-app/${A}`);
    const claims = await readServeToken(token, ['psk_live_own'], Math.floor(Date.now() / 1000));
    expect(claims).toMatchObject({ f: A, max: 800, sub: 'customer:42' });
    expect(claims?.iat).toBe((claims?.exp ?? 0) - 3600);
    expect(server.received).toHaveLength(0);
    const other = await sandbox.run(['sign', `other/${A}`], { env: own });
    expect(other.exit).toBe(3);
  });

  it.each([
    ['--expires', '30s'],
    ['--expires', '8d'],
    ['--max-edge', '0'],
    ['--max-edge', '8193'],
    ['--recipient', 'kim lee'],
    ['--recipient', 'x'.repeat(65)],
    ['--width', '0'],
    ['--width', '8193'],
    ['--quality', '101'],
    ['--fit', 'fill'],
    ['--format', 'gif'],
  ])('refuses %s %s', async (flag, value) => {
    const { exit, err } = await aura('sign', A, flag, value);
    expect(exit).toBe(2);
    expect(err).toContain(value);
  });
});
