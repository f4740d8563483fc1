import type { ImageRecord, PresetRules } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReadEdge } from '../testing/read-edge.js';

const OPEN = { transform: 'w=40,h=20,fit=cover,q=70', open: true, watermark: null } as const;
const CLOSED = { ...OPEN, open: false };
const SHA = 'c0ffee'.padEnd(64, '0');

function setUp(
  visibility: 'public' | 'private',
  rules: PresetRules = OPEN,
  changes: Partial<ImageRecord> = {},
) {
  const size = { size: 3, width: 90, height: 60 };
  const fresh = newImage('my-app', 1, { visibility, ...size, key: 'photo', sha256: SHA });
  const edge = createReadEdge(row(fresh, changes));
  edge.presets.set('card', rules);
  const codeAt = async (...request: Parameters<typeof edge.answerAt>) => {
    const { status, headers } = await edge.answerAt(...request);
    return headers['X-Aura-Error'] ?? status;
  };
  return { ...edge, codeAt };
}

describe('an address with a preset', () => {
  it.each(['photo?preset=card', 'card/photo', 'card/photo?v=3', 'photo?preset=card&utm=x'])(
    'is what the preset says, and nothing of its name: %s',
    async (path) => {
      const { answerAt, token, jobs } = setUp('public');
      const preset = await answerAt(path, 'GET', { Accept: 'image/jpeg' });
      expect(preset.headers).toMatchObject({ 'Content-Type': 'image/jpeg', Vary: 'Accept' });
      expect(jobs).toEqual(['fast jpeg 40']);
      const options = 'photo?w=40&h=20&q=70&fmt=jpeg';
      const same = await answerAt(`${options}&token=${await token()}`);
      expect(same.headers['ETag']).toBe(preset.headers['ETag']);
      expect(jobs).toHaveLength(1);
    },
  );

  it('gives other bytes under another ETag once the preset has changed', async () => {
    const { answerAt, presets, jobs } = setUp('public');
    const before = await answerAt('card/photo');
    presets.set('card', { ...OPEN, transform: 'w=41' });
    const known = { 'If-None-Match': before.headers['ETag'] ?? '' };
    const after = await answerAt('card/photo', 'GET', known);
    expect([after.status, jobs]).toEqual([200, ['fast jpeg 40', 'fast jpeg 41']]);
  });

  it.each([
    ['photo?preset=card&w=40', '"w"'],
    ['card/photo?fmt=webp', '"fmt"'],
    ['card/photo?blur=true', '"blur"'],
    ['photo?preset=card&metadata=none', '"metadata"'],
    ['card/photo.webp', '".webp"'],
    ['photo.png?preset=card', '".png"'],
    ['w=40/photo?preset=card', '"w=40"'],
    ['card/photo?preset=card', 'given once'],
    ['photo?preset=card&preset=other', 'given once'],
    ['photo?preset=Card', '"preset" must be a name'],
    ['photo?preset=', '"preset" must be a name'],
  ])('stands alone: %s is refused after the access check', async (path, problem) => {
    const { answerAt, codeAt, token } = setUp('private');
    expect(await codeAt(path)).toBe('signed_token_required');
    const join = path.includes('?') ? '&' : '?';
    const { status, body } = await answerAt(`${path}${join}token=${await token()}`);
    expect(status).toBe(400);
    expect(body).toContain(JSON.stringify(problem).slice(1, -1));
  });

  it('is 404 for a preset that the project does not have', async () => {
    const { codeAt } = setUp('public');
    expect(await codeAt('photo?preset=none')).toBe('preset_not_found');
    expect(await codeAt('none/photo')).toBe('image_not_found');
    expect(await codeAt('card/none')).toBe('image_not_found');
  });

  it('reads no preset for any other address of an image', async () => {
    const { codeAt, images, image, lookedUp, token } = setUp('private');
    images.set('card/photo', { ...image, key: 'card/photo' });
    for (const path of ['photo', 'w=4/photo', 'photo?w=4', 'photo.webp', 'card/photo']) {
      expect(await codeAt(path), path).toBe('signed_token_required');
      await codeAt(`${path}${path.includes('?') ? '&' : '?'}token=${await token()}`);
    }
    expect(lookedUp).toEqual([]);
  });

  it('reaches generated keys of every type in a path', async () => {
    for (const key of ['abc123xyz0-photo.jpg', 'abc123xyz0-photo.gif', 'abc123xyz0-photo.webp']) {
      const { codeAt, images, image } = setUp('public');
      images.set(key, { ...image, key });
      expect(await codeAt(`card/${key}`), key).toBe(200);
      expect(await codeAt(`other/${key}`), key).toBe('image_not_found');
    }
  });

  it('is scaled down to the ceiling of a token', async () => {
    const { answerAt, token, jobs } = setUp('private', CLOSED);
    await answerAt(`card/photo?token=${await token({ max: 30 })}`, 'GET', { Accept: 'image/png' });
    await answerAt(`card/photo?token=${await token({ max: 99 })}`, 'GET', { Accept: 'image/png' });
    expect(jobs).toEqual(['fast jpeg 30', 'fast jpeg 40']);
  });

  it('is never the master, neither if its variant is larger nor if none can be made', async () => {
    for (const [visibility, query] of [
      ['public', ''],
      ['private', ''],
      ['private', 'token'],
    ] as const) {
      const rules = { ...OPEN, transform: 'fmt=auto' };
      const { answerAt, codeAt, state, token } = setUp(visibility, rules);
      state.rendered = new Uint8Array(500);
      const path = `card/photo?${query && `token=${await token()}`}`;
      expect((await answerAt(path)).headers['Content-Length']).toBe('500');
      state.isBroken = true;
      const accept = { Accept: 'image/webp' };
      for (const method of ['GET', 'HEAD']) {
        expect(await codeAt(path, method, accept)).toBe('variant_unavailable');
      }
    }
  });
});

describe('an open preset', () => {
  it.each(['photo?preset=card', 'card/photo', 'card/photo?v=2&utm_source=x'])(
    'shows a private image without a token, and is cached like one: %s',
    async (path) => {
      const { answerAt, touched, work } = setUp('private');
      const { status, headers } = await answerAt(path);
      expect([status, headers['Cache-Control'], headers['Vary']]).toEqual([
        ...[200, 'private, max-age=300', 'Accept, Cookie'],
      ]);
      expect(headers['Server-Timing']).toContain('cache;desc="BYPASS"');
      expect(touched()).toEqual(['private']);
      expect(work.map(({ signed }) => signed)).toEqual([false]);
    },
  );

  it('counts work for a token as signed', async () => {
    const { answerAt, token, work } = setUp('private');
    await answerAt(`card/photo?token=${await token()}`);
    expect(work.map(({ signed }) => signed)).toEqual([true]);
  });

  it('is counted by its name and that of the image, or with the reason why it shows nothing', async () => {
    const { codeAt, presets, facts, token } = setUp('private');
    await codeAt('card/photo');
    expect(facts()).toMatchObject({ image: 'photo', preset: 'card' });
    await codeAt(`photo?token=${await token()}`);
    expect(facts()).toMatchObject({ image: 'photo' });
    expect(facts().preset).toBeUndefined();
    presets.set('card', CLOSED);
    await codeAt('card/photo');
    expect(facts()).toMatchObject({ refusal: 'preset_closed' });
    expect(facts().image).toBeUndefined();
    await codeAt('photo');
    expect(facts()).toMatchObject({ refusal: 'missing' });
    await codeAt('gone');
    expect(facts()).toMatchObject({ notFoundIn: 'my-app', code: 'image_not_found' });
    expect(facts().project).toBeUndefined();
  });

  it('shows nothing once the mark, the preset or the image is gone', async () => {
    const { codeAt, presets, images } = setUp('private');
    expect(await codeAt('card/photo')).toBe(200);
    presets.set('card', CLOSED);
    expect(await codeAt('card/photo')).toBe('signed_token_required');
    expect(await codeAt('photo?preset=card')).toBe('signed_token_required');
    presets.clear();
    expect(await codeAt('card/photo')).toBe('image_not_found');
    expect(await codeAt('photo?preset=card')).toBe('signed_token_required');
    images.clear();
    expect(await codeAt('photo?preset=card')).toBe('image_not_found');
  });

  it.each(['card/photo?', 'photo?preset=card&'])(
    'refuses a token in the query that does not cover the image: %s',
    async (path) => {
      const { codeAt, token } = setUp('private');
      for (const wrong of ['token=', 'token=x.y', `token=${await token({ f: 'other' })}`]) {
        expect(await codeAt(path + wrong)).toBe('serve_token_invalid');
      }
      expect(await codeAt(`${path}token=${await token()}`)).toBe(200);
    },
  );

  it('ignores cookies that do not cover the image, and lets those that do decide', async () => {
    const { codeAt, answerAt, token, jobs } = setUp('private');
    const cookie = (value: string) => ({ Cookie: `aura-token=${value}`, Accept: 'image/png' });
    expect(await codeAt('card/photo', 'GET', cookie('x.y'))).toBe(200);
    expect(await codeAt('card/photo', 'GET', cookie(await token({ exp: 1 })))).toBe(200);
    await answerAt('card/photo', 'GET', cookie(await token({ max: 20 })));
    expect(jobs).toEqual(['fast jpeg 40', 'fast jpeg 20']);
  });

  it('tells nothing else of the image: no bytes of the master, no name of its file', async () => {
    const { answerAt, codeAt } = setUp('private', OPEN, { fileName: 'secret-plan.jpg' });
    expect(await codeAt('photo?preset=card', 'GET', {}, 'blurhash')).toBe('signed_token_required');
    const { headers } = await answerAt('card/photo?download');
    expect(headers['Content-Disposition']).toContain(
      'filename="photo.jpeg"'.replace('jpeg', 'jpg'),
    );
    expect(JSON.stringify(headers)).not.toContain(SHA.slice(0, 6));
    const range = await answerAt('card/photo', 'GET', { Range: 'bytes=0-0' });
    expect([range.status, range.headers['Content-Range']]).toEqual([206, 'bytes 0-0/3']);
    const known = await answerAt('card/photo', 'GET', { 'If-None-Match': `"${SHA}"` });
    expect(known.status).toBe(200);
  });

  it('with a watermark shows nothing without it', async () => {
    const watermark = {
      key: 'brand/logo',
      position: 'center',
      scale: 0.5,
      opacity: 1,
      tile: false,
    } as const;
    const { answerAt, codeAt, images, image } = setUp('private', { ...OPEN, watermark });
    expect(await codeAt('card/photo')).toBe('watermark_missing');
    const logo = { ...image, key: 'brand/logo', objectId: 'logo', visibility: 'public' } as const;
    images.set('brand/logo', { ...logo, visibility: 'private' });
    expect(await codeAt('card/photo')).toBe('watermark_missing');
    images.set('brand/logo', logo);
    const { status, headers } = await answerAt('card/photo');
    expect([status, headers['ETag']]).toEqual([200, expect.stringMatching(/-wm[\da-f]{16}/)]);
    images.delete('brand/logo');
    const known = { 'If-None-Match': headers['ETag'] ?? '' };
    expect(await codeAt('card/photo', 'GET', known)).toBe('watermark_missing');
  });

  it('never gives another transform, another form or more, whatever the address is', async () => {
    const harmless = ['v=2', 'download', 'x=1'];
    const others = ['w=90', 'q=100', 'fmt=original', 'fmt=png', 'blur=true', 'lqip=true'];
    const more = [...others, 'metadata=none', 'preset=card', 'preset=other'];
    const address = fc.record({
      transform: fc.constantFrom('w=40', 'w=30,h=30,fit=contain', 'lqip=true', 'q=10,w=900'),
      path: fc.oneof(
        { weight: 2, arbitrary: fc.constantFrom('card/photo', 'photo?preset=card') },
        fc.constantFrom(
          ...['', 'w=90/', ',/', 'card/', 'other/'].flatMap((head) => [
            `${head}photo`,
            `${head}photo.png`,
            `${head}card/photo`,
          ]),
        ),
      ),
      query: fc.oneof(
        fc.subarray(harmless),
        fc.array(fc.constantFrom(...harmless, ...more), { maxLength: 3 }),
      ),
      method: fc.constantFrom('GET', 'HEAD'),
      headers: fc.constantFrom<Record<string, string>>(
        {},
        { Range: 'bytes=0-' },
        { 'If-None-Match': '*' },
        { 'If-None-Match': `"${SHA}"` },
        { Accept: 'image/avif,image/webp' },
        { Cookie: 'aura-token=x.y' },
      ),
    });
    const token = await setUp('private').token();
    let shown = 0;
    const property = fc.asyncProperty(address, async (asked) => {
      const { path, query, method, headers, transform } = asked;
      const edge = setUp('private', { ...OPEN, transform });
      edge.presets.set('other', { ...CLOSED, transform: 'w=89' });
      const target = [`${path}${path.includes('?') ? '' : '?'}`, ...query].join('&');
      const { status, headers: sent } = await edge.answerAt(target, method, headers);
      if (status >= 400) return;
      shown += 1;
      const [key = '', all = ''] = target.split('?');
      const beside = all.split('&').filter((each) => each !== '' && !harmless.includes(each));
      const alone = key === 'card/photo' ? [] : ['preset=card'];
      expect([key.replace('card/', ''), beside]).toEqual(['photo', alone]);
      const same = await setUp('private').answerAt(
        `photo?${transform.replaceAll(',', '&')}&token=${token}`,
        'GET',
        { Accept: headers['Accept'] ?? '*/*' },
      );
      const { 'Content-Type': type, ETag: tag } = same.headers;
      expect([sent['Content-Type'] ?? type, sent['ETag'] ?? tag]).toEqual([type, tag]);
    });
    await fc.assert(property, { numRuns: 300 });
    expect(shown).toBeGreaterThan(0);
  });
});

describe('a project that allows unsigned transforms by presets only', () => {
  const limited = () => {
    const edge = setUp('public', CLOSED);
    edge.state.unsignedTransforms = 'presets';
    return edge;
  };

  it.each(['photo?w=40', 'w=40/photo', 'photo.webp', 'photo?lqip=true', 'photo?fmt=png&v=1'])(
    'refuses any other one: %s',
    async (path) => {
      const { codeAt, answerAt, token, jobs } = limited();
      for (const method of ['GET', 'HEAD']) {
        expect(await codeAt(path, method)).toBe('transform_not_allowed');
      }
      const join = path.includes('?') ? '&' : '?';
      expect(await codeAt(`${path}${join}token=wrong`)).toBe('transform_not_allowed');
      expect(jobs).toEqual([]);
      const { status, headers } = await answerAt(path, 'HEAD');
      expect([status, headers['Cache-Control']]).toEqual([403, 'no-store']);
      expect(await codeAt(`${path}${join}token=${await token()}`)).toBe(200);
    },
  );

  it.each([
    'card/photo',
    'photo?preset=card',
    'photo',
    'photo?v=2',
    'photo?fmt=original',
    'photo?blur=true',
  ])('gives the original, the picture in its size and presets: %s', async (path) => {
    const { codeAt } = limited();
    expect(await codeAt(path)).toBe(200);
  });

  it('leaves private images to their tokens', async () => {
    const { codeAt, state, token } = setUp('private', CLOSED);
    state.unsignedTransforms = 'presets';
    expect(await codeAt('card/photo')).toBe('signed_token_required');
    expect(await codeAt(`photo?w=4&token=${await token()}`)).toBe(200);
  });

  it('makes presets in their own size where the operator lists sizes', async () => {
    const { answerAt, state, jobs } = limited();
    state.variantSizes = [100, 200];
    await answerAt('card/photo');
    expect(jobs).toEqual(['fast jpeg 40']);
  });
});
