import { bytesBody, type DerivedSide, type Rendering } from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signServeToken } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRead } from './route.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const RENDERED = {
  ok: true,
  bytes: new Uint8Array([1, 2, 3]),
  timings: { decode: 1, resize: 1, encode: 1 },
} satisfies Rendering;

/** An edge with one image, and a note of each side of the derived store that was touched. */
function setUp(visibility: 'public' | 'private') {
  const image = row(newImage('my-app', 1, { visibility, size: 3, width: 90, height: 60 }));
  const touched = new Set<string>();
  const sideOf = (side: string): DerivedSide => {
    const note = <T>(value: T) => {
      touched.add(side);
      return Promise.resolve(value);
    };
    return {
      maxEntryBytes: 1000,
      get: () => note(null),
      set: () => note(true),
      remove: () => note(undefined),
      names: () => note([]),
    };
  };
  const ports = {
    images: {
      find: async () => ({ image, serveSecrets: () => [SECRET], rotationsSinceRevoked: 0 }),
    },
    objects: { read: async () => bytesBody(new Uint8Array(3)) },
    derived: { public: sideOf('public'), private: sideOf('private'), drop: async () => {} },
    engine: { version: '1', thoroughFormats: new Set(['webp']), render: async () => RENDERED },
    encodeBudget: { check: async () => null, spend: async () => {} },
    clock: { now: () => NOW * 1000 },
  } as unknown as EdgePorts;
  const options = { variantSizes: [], maxVariantsPerImage: 9 } as unknown as EdgeOptions;
  const read = createRead(ports, options);
  const ask = async (query: string) => {
    const request = {
      method: 'GET',
      target: `/${image.project}/${image.key}?${query}`,
      headers: new Headers(),
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
    const { status, headers } = await read(request, image, context);
    return headers['X-Aura-Error'] ?? status;
  };
  const token = () => signServeToken({ p: image.project, f: image.key, exp: NOW + 60 }, SECRET);
  return { ask, token, touched: () => [...touched] };
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
