import { beforeEach, describe, expect, it } from 'vitest';
import { createTestApp, NOW } from '../testing/control-app.js';

const PRESETS = '/v1/projects/my-app/presets';
const CARD = `${PRESETS}/card`;

describe('presets', () => {
  let app: ReturnType<typeof createTestApp>;
  beforeEach(async () => {
    app = createTestApp();
    await app.call('ann', 'POST', '/v1/projects', { projectName: 'my-app' });
  });
  const put = (body: unknown, path = CARD) => app.call('ann', 'PUT', path, body);

  it('are stored with one spelling of the transform, and defaults', async () => {
    const { status, json } = await put({ transform: 'q=70,v=2,fit=crop,lqip=false,w=9999' });
    expect(status).toBe(200);
    const card = {
      name: 'card',
      transform: 'w=8192,fit=cover,q=70',
      open: false,
      watermark: null,
      updatedAt: new Date(NOW).toISOString(),
    };
    expect(json).toEqual(card);
    expect((await app.call('ann', 'GET', PRESETS)).json).toEqual({ presets: [card] });
    expect((await app.call('ann', 'GET', CARD)).json).toEqual(card);
  });

  it('take a watermark, with defaults', async () => {
    const { json } = await put({ transform: 'w=9', open: true, watermark: { key: 'brand/logo' } });
    expect(json).toMatchObject({
      open: true,
      watermark: {
        key: 'brand/logo',
        position: 'bottom-right',
        scale: 0.25,
        opacity: 1,
        tile: false,
      },
    });
  });

  it.each([
    [{ scale: 0 }, 'scale'],
    [{ scale: 1.01 }, 'scale'],
    [{ opacity: 0 }, 'opacity'],
    [{ opacity: '1' }, 'opacity'],
    [{ position: 'north' }, 'position'],
    [{ tile: 1 }, 'tile'],
    [{ text: 'Sample' }, 'text'],
    [{ key: null }, 'key'],
  ])('refuse the watermark %j', async (wrong, name) => {
    const watermark = { key: 'brand/logo', ...wrong };
    const { status, code, json } = await put({ transform: 'w=9', watermark });
    expect([status, code]).toEqual([400, 'field_invalid']);
    expect(json.message).toContain(name);
  });

  it.each([
    ['', 'at least one option'],
    ['v=3', 'at least one option'],
    ['lqip=false', 'at least one option'],
    ['w=wide', '"w" must be a whole number'],
    ['w=1,w=2', '"w" must be'],
    ['w=1,', 'name=value'],
    ['card', 'name=value'],
    ['width=1', '"width" is not an option; the options are w, h'],
    ['token=x', '"token" is not an option'],
    ['preset=card', '"preset" is not an option'],
    ['fmt=original', '"fmt=original"'],
    ['fmt=original,metadata=none', '"fmt=original"'],
    ['w=5,metadata=none', '"metadata"'],
    ['w=5,blur=true', '"blur"'],
  ])('refuse the transform %j, and say why', async (transform, problem) => {
    const { status, code, json } = await put({ transform });
    expect([status, code]).toEqual([400, 'preset_malformed']);
    expect(json.message).toContain(problem);
    expect(app.presets).toEqual([]);
  });

  it.each(['a', 'Card', '2up', '-a', 'a_b', 'a.b', `a${'b'.repeat(40)}`, 'caf%C3%A9', 'a%2Fb'])(
    'have no name like %j',
    async (name) => {
      const { status, code, json } = await put({ transform: 'w=1' }, `${PRESETS}/${name}`);
      expect([status, code]).toEqual([400, 'preset_malformed']);
      expect(json.message).toContain("cannot be a preset's name");
    },
  );

  it.each([
    ['folder_exists', 409, 'preset_name_taken', '"card/"'],
    ['watermark_missing', 400, 'watermark_not_found', '"brand/logo"'],
    ['limit_reached', 409, 'preset_limit', '100 presets'],
    ['project_missing', 404, 'project_not_found', 'no such project'],
  ] as const)('say why they are refused: %s', async (refusal, expected, error, text) => {
    app.state.presetRefusal = refusal;
    const body = { transform: 'w=1', watermark: { key: 'brand/logo' } };
    const { status, code, json } = await put(body);
    expect([status, code]).toEqual([expected, error]);
    expect(json.message).toContain(text);
  });

  it('are deleted once', async () => {
    await put({ transform: 'w=1' });
    expect((await app.call('ann', 'DELETE', CARD)).status).toBe(204);
    for (const method of ['DELETE', 'GET']) {
      const { status, code } = await app.call('ann', method, CARD);
      expect([status, code]).toEqual([404, 'preset_not_found']);
    }
  });
});
