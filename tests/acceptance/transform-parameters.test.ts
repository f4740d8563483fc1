import { beforeAll, describe, expect, it } from 'vitest';
import { isSimulated } from '../cloudflare/differences.js';
import { drawing } from '../files/pictures.js';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { ask, json, variantTag } from './support/serve-request.js';
import {
  addShot,
  cacheOf,
  lookAt,
  type Shot,
  VISIBILITIES,
  type Visibility,
  verdictOf,
} from './support/transform-studio.js';

let server: SharedServer;
let shots: Record<Visibility, Shot>;

beforeAll(async () => {
  server = await sharedServer();
  const file = await drawing(600, 400).jpeg().toBuffer();
  shots = {
    public: await addShot(server, file, 'public'),
    private: await addShot(server, file, 'private'),
  };
});

const NO_NUMBERS = ['', '0', '00', '-1', '+1', '1.5', '1e2', '0x10', '010', '%2010', '10%20', 'a'];
const MALFORMED: Readonly<Record<string, readonly string[]>> = {
  w: [...NO_NUMBERS, 'auto', '10px', '%D9%A1', '1,2', 'NaN', 'Infinity'],
  h: [...NO_NUMBERS, 'auto', '10px', '%D9%A1', '1,2', 'NaN', 'Infinity'],
  fit: ['', 'Cover', 'Crop', 'cover%20', 'fill', 'cover,contain', '__proto__'],
  q: [...NO_NUMBERS, '101', '1000', '99999999999999999999'],
  fmt: ['', 'JPEG', 'jpg', 'gif', 'heic', 'image/webp', 'svg', 'webp%00'],
  dpr: ['', '0', '-1', '1e1', '2x', 'Infinity'],
  gravity: ['', 'Top', 'middle', 'face', '0.5x0.5'],
  fp: ['', '0.5', '1.1,0', '0.5%200.5', 'x', '-0,0'],
  trim: ['', '0', '101', '1.5', 'TRUE'],
  flip: ['', 'H', 'x', 'vh'],
  rotate: ['', '45', '360', '-90', '90deg'],
  bg: ['', '%23fff', 'red', 'ffff', 'gggggg'],
  gray: ['', '1', 'TRUE'],
  sharpen: ['', '-1', '11', 'true'],
  lqip: ['', '1', '0', 'TRUE', 'yes', 'on'],
  blur: ['', '1', '0', 'TRUE', '20', 'yes'],
};
const GOOD: Readonly<Record<string, string>> = {
  w: '10',
  h: '10',
  fit: 'cover',
  q: '80',
  fmt: 'webp',
  dpr: '2',
  gravity: 'top',
  fp: '0,1',
  trim: 'true',
  flip: 'h',
  rotate: '90',
  bg: 'fff',
  gray: 'true',
  sharpen: '1',
  lqip: 'true',
  blur: 'true',
};

describe.each(VISIBILITIES)('a %s image', (visibility) => {
  const get = (query: string) => ask(shots[visibility].of(query));

  async function expectNamed(query: string, parameter: string): Promise<void> {
    const reply = await get(query);
    expect(verdictOf(reply), query).toBe('400 transform_malformed');
    expect(json(reply), query).toEqual({
      message: expect.stringMatching(new RegExp(`(^|\\W)${parameter}(\\W|$)`)),
    });
    expect(reply.headers['cache-control'], query).toBe('no-store');
  }

  it.each(Object.entries(MALFORMED))('a malformed %s is named', async (parameter, values) => {
    for (const value of values) await expectNamed(`${parameter}=${value}`, parameter);
  });

  it.each(Object.entries(GOOD))('%s given twice is named', async (parameter, value) => {
    await expectNamed(`${parameter}=${value}&${parameter}=${value}`, parameter);
    await expectNamed(`${parameter}=${value}&w2=1&${parameter}=nonsense`, parameter);
    // The encoded spelling is the same parameter name.
    const escaped = `%${parameter.charCodeAt(0).toString(16)}${parameter.slice(1)}`;
    await expectNamed(`${parameter}=${value}&${escaped}=${value}`, parameter);
  });

  it('one malformed parameter is enough, also if another one makes it irrelevant', async () => {
    await expectNamed('w=100&h=x', 'h');
    await expectNamed('blur=true&w=x', 'w');
    await expectNamed('lqip=true&fit=x', 'fit');
    await expectNamed('fmt=png&q=x', 'q');
  });

  it('an unknown parameter changes nothing, and makes no new variant', async () => {
    const plain = await get('w=120&fmt=jpeg');
    for (const more of [
      'x=1',
      'W=50',
      'width=50',
      '',
      'utm_source=a%26b',
      'Fmt=png',
      '__proto__=1',
    ]) {
      const reply = await get(`${more}&w=120&fmt=jpeg&${more}`);
      expect(verdictOf(reply), more).toBe('200');
      expect(variantTag(reply), more).toBe(variantTag(plain));
      expect(cacheOf(reply), more).toBe(visibility === 'public' ? 'HIT' : 'BYPASS');
    }
    const master = await get('');
    for (const query of ['x=1', 'W=50', 'format=webp', 'lqip=false', 'blur=false&lqip=false']) {
      expect((await get(query)).headers.etag, query).toBe(master.headers.etag);
    }
  });

  it('does not depend on the order and spelling of parameters', async () => {
    const first = await get('w=130&h=100&fit=cover&q=80&fmt=jpeg');
    for (const query of [
      'fmt=jpeg&q=80&fit=cover&h=100&w=130',
      'w=130&h=100&fmt=jpeg',
      '%77=130&h=%3100&fmt=jpe%67',
      'w=130&h=100&fmt=jpeg&lqip=false&blur=false',
      'w=65&h=50&dpr=2.0&fmt=jpeg',
      'w=130&h=100&fmt=jpeg&gravity=centre&rotate=0&gray=false&trim=false&sharpen=0&dpr=1',
      'w=130&h=100&fmt=jpeg&fp=0.5,0.5&bg=0f0',
      'w=130&h=100&fmt=jpeg&fp=0.50x0.1&flip=hv&rotate=180',
    ]) {
      expect(variantTag(await get(query)), query).toBe(variantTag(first));
    }
  });

  it.each([
    ['w=601', 600, 400],
    ['w=8192', 600, 400],
    ['w=8193', 600, 400],
    ['w=99999999999999999999999999', 600, 400],
    [`h=${'9'.repeat(400)}`, 600, 400],
    ['h=5000', 600, 400],
    ['w=5000&h=5000', 400, 400],
    ['w=5000&h=5000&fit=contain', 600, 600],
    ['w=1200&h=400', 600, 200],
    ['w=1', 1, 1],
    ['w=1&h=1', 1, 1],
    ['h=1', 2, 1],
    ['w=600&h=1', 600, 1],
    ['w=400&dpr=4', 600, 400],
    ['rotate=90&w=5000', 400, 600],
    ['rotate=270&w=100&h=300', 100, 300],
    ['w=300&h=300&fit=contain&bg=fff&flip=v', 300, 300],
  ])('is never enlarged: %s', async (query, width, height) => {
    const reply = await get(`${query}&fmt=jpeg`);
    expect(verdictOf(reply)).toBe('200');
    expect(await lookAt(reply)).toMatchObject({ width, height });
  });

  it('sizes beyond the master are one variant', async () => {
    const first = await get('fmt=jpeg');
    for (const query of ['w=600', 'w=601', 'h=400', 'w=9000', 'w=600&h=400', 'w=900&h=600']) {
      expect(variantTag(await get(`${query}&fmt=jpeg`)), query).toBe(variantTag(first));
    }
  });

  if (!isSimulated('quality'))
    it.each(['jpeg', 'webp', 'avif'])('has more bytes at higher quality: %s', async (fmt) => {
      const [low, high] = [await get(`w=200&fmt=${fmt}&q=10`), await get(`w=200&fmt=${fmt}&q=95`)];
      expect(low.body.length).toBeLessThan(high.body.length);
    });

  it('has one variant of PNG at any quality', async () => {
    const [low, high] = [await get('w=200&fmt=png&q=10'), await get('w=200&fmt=png&q=95')];
    expect(variantTag(low)).toBe(variantTag(high));
  });
});

it('caps a larger master at 8192 pixels', async () => {
  const file = await drawing(9000, 90).png().toBuffer();
  const { of } = await addShot(server, file, 'public', 'wide.png');
  for (const query of ['w=9000', 'w=8192', 'w=10000']) {
    const reply = await ask(of(`${query}&fmt=jpeg`));
    expect(await lookAt(reply), query).toMatchObject({ width: 8192, height: 82 });
  }
});
