import type { Answer } from '@auraimage/http';
import {
  bytesBody,
  type DerivedBody,
  type DerivedSide,
  fileBody,
  type ImageRecord,
  type Rendering,
  type RenderJob,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signServeToken } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRead, readAddress } from './route.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const RENDERED = {
  ok: true,
  bytes: new Uint8Array([1, 2, 3]),
  timings: { decode: 1, resize: 1, encode: 1 },
} satisfies Rendering;

/** As a store returns what it has in a file. */
function inFile(path: string, bytes: Uint8Array<ArrayBuffer>): DerivedBody {
  const read = (target: Uint8Array, position: number) => {
    target.set(bytes.subarray(position, position + target.length));
    return undefined;
  };
  return fileBody({ path, start: 0, length: bytes.length, open: () => ({ read, close() {} }) });
}

/** An edge with one image, and a note of each side of the derived store that was touched. */
function setUp(visibility: 'public' | 'private', changes: Partial<ImageRecord> = {}) {
  const state = {
    unsignedTransforms: 'any',
    variantSizes: [] as readonly number[],
    rendered: RENDERED.bytes,
    isBroken: false,
  };
  const image = row(newImage('my-app', 1, { visibility, size: 3, width: 90, height: 60 }), changes);
  const touched = new Set<string>();
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  /** What the engine was asked for. */
  const jobs: string[] = [];
  const sideOf = (side: string): DerivedSide => {
    const note = <T>(value: T) => {
      touched.add(side);
      return Promise.resolve(value);
    };
    return {
      maxEntryBytes: 1000,
      get(_, name) {
        const bytes = entries.get(`${side} ${name}`);
        if (bytes === undefined) return note(null);
        return note(bytes.length > 1000 ? inFile(name, bytes) : bytesBody(bytes));
      },
      set(_, name, bytes) {
        entries.set(`${side} ${name}`, bytes);
        return note(true);
      },
      remove: () => note(undefined),
      names: () => note([]),
    };
  };
  const ports = {
    images: {
      find: async () => ({
        image,
        serveSecrets: () => [SECRET],
        rotationsSinceRevoked: 0,
        ...state,
        masterMetadata: 'keep' as const,
      }),
      setFocus: async () => {},
    },
    objects: { read: async () => bytesBody(new Uint8Array(3)) },
    derived: { public: sideOf('public'), private: sideOf('private'), drop: async () => {} },
    engine: {
      version: '1',
      thoroughFormats: new Set(['webp']),
      async render(_: unknown, { format, effort, scaled }: RenderJob) {
        jobs.push(`${effort} ${format} ${scaled.width}`);
        if (state.isBroken) return { ok: false, code: 'render_failed' };
        return { ...RENDERED, bytes: state.rendered };
      },
      async findFocus(_: unknown, __: unknown, kind: string) {
        jobs.push(kind);
        return null;
      },
    },
    encodeBudget: { check: async () => null, spend: async () => {} },
    clock: { now: () => NOW * 1000 },
  } as unknown as EdgePorts;
  const options = Object.assign(state, { maxVariantsPerImage: 9 }) as unknown as EdgeOptions;
  const read = createRead(ports, options);
  const answer = (query: string, method = 'GET', headers: Record<string, string> = {}) => {
    const request = {
      method,
      target: `/${image.project}/${image.key}?${query}`,
      headers: new Headers(headers),
      signal: new AbortController().signal,
    };
    const context = {
      requestId: 'id',
      client: '',
      host: null,
      isOperator: () => false,
      isDisconnected: async () => false,
      facts: {},
    };
    const address = readAddress('GET', request.target);
    if (address === null) throw new Error(`${request.target} names no image`);
    return read(request, address, context);
  };
  const ask = async (query: string) => {
    const { status, headers } = await answer(query);
    return headers['X-Aura-Error'] ?? status;
  };
  const token = (claims: object = {}) =>
    signServeToken({ p: image.project, f: image.key, exp: NOW + 60, ...claims }, SECRET);
  return { ask, answer, token, jobs, state, image, touched: () => [...touched] };
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

describe('a read whose token has a ceiling', () => {
  const MASTER = '"master"';
  const open = async (max: number, changes: Partial<ImageRecord> = {}) => {
    const edge = setUp('private', { width: 1200, height: 800, sha256: 'master', ...changes });
    const token = `token=${await edge.token({ max })}`;
    const read = (query: string, method = 'GET', headers: Record<string, string> = {}) =>
      edge.answer(`${query}&${token}`, method, headers);
    return { ...edge, read };
  };

  it('shows an address without options in this size, also the one of a smaller master', async () => {
    for (const [max, width] of [
      [600, 600],
      [5000, 1200],
    ] as const) {
      const { read, jobs } = await open(max);
      const { status, headers } = await read('', 'GET', { Accept: 'image/webp' });
      expect([status, headers['Content-Type'], headers['Vary']]).toEqual([
        ...[200, 'image/webp', 'Accept'],
      ]);
      expect(jobs).toEqual([`fast webp ${width}`]);
    }
  });

  it('shares a variant with readers whose tokens have none', async () => {
    const { read, answer, token, jobs } = await open(600);
    const limited = await read('w=2000&fmt=png');
    const whole = await answer(`w=600&fmt=png&token=${await token()}`);
    expect(limited.headers['ETag']).toBe(whole.headers['ETag']);
    expect(jobs).toEqual(['fast png 600']);
  });

  it.each(['fmt=original', 'metadata=none', 'fmt=original&metadata=none', 'fmt=original&download'])(
    'is refused if it names the master, in every way to read: %s',
    async (query) => {
      const { read, touched } = await open(5000);
      for (const [method, headers] of [
        ['GET', {}],
        ['HEAD', {}],
        ['GET', { Range: 'bytes=0-0' }],
        ['GET', { 'If-None-Match': MASTER }],
        ['GET', { 'If-None-Match': '*' }],
      ] as const) {
        const answer = await read(query, method, headers);
        expect(answer.status).toBe(403);
        expect(answer.headers).toMatchObject({
          'X-Aura-Error': 'serve_token_invalid',
          'Cache-Control': 'no-store',
        });
        expect(answer.headers['ETag']).toBeUndefined();
      }
      expect(touched()).toEqual([]);
    },
  );

  it('does not tell a client that has the master that it is unchanged', async () => {
    const { read } = await open(5000);
    expect((await read('', 'GET', { 'If-None-Match': MASTER })).status).toBe(200);
  });

  it('never gives the master in place of a variant that has more bytes', async () => {
    const { read, state } = await open(5000, { type: 'image/png' });
    state.rendered = new Uint8Array(1000);
    const { headers } = await read('fmt=png');
    expect(headers['Content-Length']).toBe('1000');
  });

  it('is an error, and not the master, if no format can be made', async () => {
    const { read, state } = await open(600);
    state.isBroken = true;
    for (const [query, method] of [
      ['fmt=webp', 'GET'],
      ['fmt=webp', 'HEAD'],
      ['', 'GET'],
    ] as const) {
      const { status, headers } = await read(query, method);
      expect(status).toBe(503);
      expect(headers).toMatchObject({
        'X-Aura-Error': 'variant_unavailable',
        'Cache-Control': 'no-store',
        'Retry-After': '60',
      });
    }
  });

  it('is without limit once the image is public', async () => {
    const { answer, token } = setUp('public', { sha256: 'master' });
    const { headers } = await answer(`token=${await token({ max: 10 })}`);
    expect(headers['ETag']).toBe(MASTER);
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
