import { beforeAll, describe, expect, it } from 'vitest';
import { type SharedServer, sharedServer } from '../harness/shared-server.js';
import { upload } from '../harness/upload.js';
import { answerOf, ask } from './answer.js';
import { distance } from './distance.js';
import { isClose, LIMITS } from './limits.js';
import { CLEAR } from './picture.js';
import { type Fit, fitted } from './reference.js';
import { SOURCES } from './sources.js';

/** Sizes of the result if `w` and `h` are larger than the master. */
const SIZES: Record<string, { readonly cover: number; readonly contain: number }> = {
  PNG: { cover: 80, contain: 120 },
  'JPEG of orientation 6': { cover: 80, contain: 120 },
  'HEIC in Display P3': { cover: 80, contain: 120 },
  'animated GIF': { cover: 80, contain: 120 },
  'PNG with alpha': { cover: 80, contain: 120 },
  'one pixel': { cover: 1, contain: 1 },
  panorama: { cover: 40, contain: 800 },
};
const HUGE = { w: 3000, h: 3000 };

let server: SharedServer;
beforeAll(async () => {
  server = await sharedServer();
});

describe.each(Object.entries(SIZES))('%s, asked for 3000 × 3000', (name, sizes) => {
  const source = SOURCES.find((one) => one.name === name);
  const [master] = source?.shows ?? [];
  if (source === undefined || master === undefined) throw new Error(`no source ${name}`);
  let url = '';
  beforeAll(async () => {
    ({ url } = await upload(server, await source.make(), 'public', name));
  });

  const fits: readonly Fit[] = ['cover', 'contain'];
  it.each(fits)('has the pixels of the master and no more with fit=%s', async (fit) => {
    const { frames } = await ask(url, HUGE, fit, 'png');
    const side = fit === 'contain' ? sizes.contain : sizes.cover;
    const [got] = frames;
    expect([got?.width, got?.height]).toEqual([side, side]);
    const found = got && distance(got, fitted(master, HUGE, fit, CLEAR));
    expect(found && isClose(found, LIMITS.png), JSON.stringify(found)).toBe(true);
  });

  it.each([`w=${HUGE.w}`, `h=${HUGE.h}`, 'w=1&h=1', 'lqip=true'])(
    'is no larger than the master with ?%s',
    async (query) => {
      const { frames } = await answerOf(`${url}?${query}&fmt=png`);
      for (const { width, height } of frames) {
        expect(width).toBeLessThanOrEqual(master.width);
        expect(height).toBeLessThanOrEqual(master.height);
      }
    },
  );
});
