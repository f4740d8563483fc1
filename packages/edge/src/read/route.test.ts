import type { Answer } from '@auraimage/http';
import type { ImageRecord } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signServeToken } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import { BATCH, createReadEdge, NOW, SECRET } from '../testing/read-edge.js';

function setUp(visibility: 'public' | 'private', changes: Partial<ImageRecord> = {}) {
  const fresh = newImage('my-app', 1, { visibility, size: 3, width: 90, height: 60 });
  return createReadEdge(row(fresh, changes));
}

describe('the side of the derived store that a read touches', () => {
  it.each(['', 'w=40', 'w=40&fmt=webp'])(
    'is the public one of a public image: ?%s',
    async (query) => {
      const { ask, token, touched } = setUp('public');
      expect(await ask(query)).toBe(200);
      expect(await ask(`${query}&token=${await token()}`)).toBe(200);
      expect(touched()).toEqual(['public']);
    },
  );

  it.each(['w=40', 'w=40&fmt=webp'])(
    'is the private one of a private image: ?%s',
    async (query) => {
      const { ask, token, touched } = setUp('private');
      expect(await ask(`${query}&token=${await token()}`)).toBe(200);
      expect(touched()).toEqual(['private']);
    },
  );

  it('is neither for a private master, which is read from the object store', async () => {
    const { ask, token, touched } = setUp('private');
    expect(await ask(`token=${await token()}`)).toBe(200);
    expect(touched()).toEqual([]);
  });

  it.each(['', 'w=40', 'w=x', 'blur=true'])(
    'is neither if the read is refused: ?%s',
    async (query) => {
      const { ask, touched } = setUp('private');
      expect(await ask(query)).toBe('signed_token_required');
      expect(await ask(`${query}&token=nonsense`)).toBe('serve_token_invalid');
      expect(touched()).toEqual([]);
    },
  );
});

describe('the batch of a read', () => {
  it('is that of the query for its row', async () => {
    const { ask, token, batches } = setUp('private');
    expect(await ask(`token=${await token()}`)).toBe(200);
    expect(batches).toEqual([BATCH]);
  });

  it.each(['private', 'public'] as const)(
    'is that of the query for the recipient of its token: %s, limited without one',
    async (visibility) => {
      const { ask, token, batches, state } = setUp(visibility);
      state.unsignedTransforms = 'listed';
      expect(await ask(`token=${await token({ sub: 'customer:1', iat: NOW })}`)).toBe(200);
      // Before bytes are cached, the row is read anew.
      expect(batches.slice(0, 2)).toEqual([BATCH, BATCH]);
    },
  );

  it('does not count once the image was replaced: its row is read anew', async () => {
    const { ask, token, batches, images, image, state } = setUp('private');
    state.isGone = (id) => {
      if (id !== image.objectId) return false;
      images.set(image.key, { ...image, objectId: 'another', version: 2 });
      return true;
    };
    expect(await ask(`token=${await token()}`)).toBe(200);
    expect(batches).toEqual([BATCH, undefined, undefined]);
  });
});

describe('HEAD of a variant', () => {
  const CLIENT = { Accept: 'image/avif,image/webp,*/*' };
  const headersOf = ({ status, headers }: Answer) => ({
    status,
    type: headers['Content-Type'],
    length: headers['Content-Length'],
    etag: headers['ETag'],
    vary: headers['Vary'],
    caching: headers['Cache-Control'],
  });
  const PUBLIC = 'public, max-age=31536000, immutable';

  it.each([
    ['w=40', 'image/avif', 'Accept'],
    ['w=40&fmt=webp', 'image/webp', undefined],
    ['w=40&h=40&fit=face&fmt=png', 'image/png', undefined],
    ['w=40&h=40&fit=auto', 'image/avif', 'Accept'],
  ])('makes and searches nothing, and tells what is known: ?%s', async (query, type, vary) => {
    const { answer, jobs } = setUp('public');
    const found = headersOf(await answer(query, 'HEAD', CLIENT));
    const unknown = { length: undefined, etag: undefined };
    expect(found).toEqual({ status: 200, type, vary, caching: PUBLIC, ...unknown });
    expect((await answer(query, 'HEAD', CLIENT)).body).toBeNull();
    expect(jobs).toEqual([]);
  });

  it('tells of a kept one what GET tells, and does not re-encode it', async () => {
    const { answer, jobs } = setUp('public', { focus: { face: { x: 0.5, y: 0.5 } } });
    for (const query of ['w=40&fmt=webp', 'w=40&h=40&fit=face&fmt=webp']) {
      const whole = headersOf(await answer(query));
      for (let i = 0; i < 2; i++) {
        expect(headersOf(await answer(query, 'HEAD'))).toEqual(whole);
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    expect(jobs).toEqual(['fast webp 40', 'fast webp 60']);
  });

  it('is 304 for a client that has it, and 200 for `*`, as whether it can be made is unknown', async () => {
    const { answer, jobs } = setUp('public');
    const { headers } = await setUp('public').answer('w=40&fmt=webp');
    const known = { 'If-None-Match': headers['ETag'] ?? '' };
    expect((await answer('w=40&fmt=webp', 'HEAD', known)).status).toBe(304);
    const any = { 'If-None-Match': '*' };
    expect((await answer('w=40&fmt=webp', 'HEAD', any)).status).toBe(200);
    expect(jobs).toEqual([]);
  });

  it('is never a hit of a private image', async () => {
    const { answer, token } = setUp('private');
    const { headers } = await answer(`w=40&token=${await token()}`, 'HEAD', CLIENT);
    expect(headers['Server-Timing']).toContain('cache;desc="BYPASS"');
    expect(headers['Cache-Control']).toBe('private, max-age=300');
  });
});

describe('a project that limits unsigned transforms', () => {
  const open = (visibility: 'public' | 'private') => {
    const all = setUp(visibility, { width: 1000, height: 800 });
    all.state.unsignedTransforms = 'listed';
    return all;
  };
  /** The width that is made of a request. */
  const widthOf = async ({ answer, jobs }: ReturnType<typeof setUp>, query: string) => {
    expect((await answer(query)).status).toBe(200);
    return Number(jobs.at(-1)?.split(' ').at(-1));
  };

  it('rounds unsigned ones of public images to the default list', async () => {
    const edge = open('public');
    expect(await widthOf(edge, 'w=333&fmt=jpeg')).toBe(384);
    const wrong = await signServeToken({ p: 'my-app', f: 'other.jpg', exp: NOW + 60 }, SECRET);
    for (const tokens of ['token=wrong', `token=${wrong}`, `token=${await edge.token()}&token=`]) {
      expect(await widthOf(edge, `w=334&fmt=jpeg&${tokens}`)).toBe(384);
    }
    expect(edge.jobs).toHaveLength(1);
  });

  it('makes any signed one, of public and private images', async () => {
    for (const visibility of ['public', 'private'] as const) {
      const edge = open(visibility);
      const query = `w=333&fmt=jpeg&token=${await edge.token()}`;
      expect(await widthOf(edge, query), visibility).toBe(333);
    }
  });

  it('is limited by the list of the operator, like everybody', async () => {
    for (const unsignedTransforms of ['listed', 'any']) {
      const edge = open('public');
      Object.assign(edge.state, { unsignedTransforms, variantSizes: [200, 500] });
      for (const signed of ['', `&token=${await edge.token()}`]) {
        expect(await widthOf(edge, `w=333&fmt=jpeg${signed}`)).toBe(500);
      }
    }
  });
});

describe('a new variant of more than a megabyte', () => {
  it('is sent from the file where it is kept, so that a slow reader does not hold it in memory', async () => {
    const { answer, token, state } = setUp('private');
    state.rendered = new Uint8Array(1_100_000).fill(7);
    const { body, headers } = await answer(`w=40&fmt=png&token=${await token()}`);
    if (body === null || typeof body === 'string') throw new Error('no body');
    expect(body.bytes).toBeUndefined();
    expect(body.file?.length).toBe(1_100_000);
    expect(headers['Server-Timing']).toContain('encode');
    const sent = new Uint8Array(await new Response(body.stream()).arrayBuffer());
    expect(sent.every((byte) => byte === 7)).toBe(true);
  });
});

it('HEAD of a trimmed variant searches for no border, and has the name of what is known', async () => {
  const { answer, jobs } = setUp('public');
  const etagOf = async (method: string) =>
    (await answer('w=40&fmt=png&trim=true', method)).headers['ETag'];
  expect(await etagOf('HEAD')).toBeUndefined();
  expect(jobs).toEqual([]);
  const etag = await etagOf('GET');
  expect(etag).toContain('-w40-h40-png-fromu-0-1o-1o');
  expect(await etagOf('HEAD')).toBe(etag);
  expect(jobs).toEqual(['border 10', 'fast png 40']);
});

it('a master never takes the place of a variant with other pixels', async () => {
  const { answer, state } = setUp('public');
  state.rendered = new Uint8Array(10);
  const lengthOf = async (query: string) => (await answer(query)).headers['Content-Length'];
  for (const query of ['gray=true', 'rotate=180', 'flip=h', 'sharpen=1']) {
    expect(await lengthOf(`fmt=jpeg&${query}`), query).toBe('10');
  }
});
