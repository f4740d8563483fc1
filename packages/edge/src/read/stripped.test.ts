import {
  bytesBody,
  type DerivedSide,
  type FoundImage,
  type ImageRecord,
  type StrippedMaster,
} from '@auraimage/ports';
import { newImage, row } from '@auraimage/ports/contracts';
import { signServeToken } from '@auraimage/protocol';
import { describe, expect, it } from 'vitest';
import type { EdgeOptions } from '../options.js';
import type { EdgePorts } from '../ports.js';
import { createRead, readAddress } from './route.js';

const SECRET = 'psk_live_for-tests';
const NOW = 1_900_000_000;
const MASTER = new TextEncoder().encode('pixels and GPS');
const TIMINGS = { decode: 1, resize: 1, encode: 1 };
const STRIPPED = new TextEncoder().encode('pixels');

interface Options extends Partial<ImageRecord> {
  readonly masterMetadata?: FoundImage['masterMetadata'];
  readonly stripped?: StrippedMaster;
  /** Bytes of every variant; absent: none can be made. */
  readonly variantBytes?: number;
}

function setUp({ masterMetadata = 'keep', stripped, variantBytes, ...changes }: Options = {}) {
  const image = row(newImage('my-app', 1, { size: MASTER.length, width: 90, height: 60 }), changes);
  const entries = new Map<string, Uint8Array<ArrayBuffer>>();
  let removals = 0;
  let now = NOW * 1000;
  const sideOf = (side: string): DerivedSide => ({
    maxEntryBytes: 1000,
    async get(_, name) {
      const bytes = entries.get(`${side} ${name}`);
      return bytes === undefined ? null : bytesBody(bytes);
    },
    async set(_, name, bytes) {
      entries.set(`${side} ${name}`, bytes);
      return true;
    },
    remove: async () => {},
    names: async () => [],
  });
  const found = { image, serveSecrets: () => [SECRET], rotationsSinceRevoked: 0 };
  const ports = {
    images: { find: async () => ({ ...found, unsignedTransforms: 'any', masterMetadata }) },
    objects: {
      read: async (_: string, { start, length }: { start: number; length: number }) =>
        bytesBody(MASTER.slice(start, start + length)),
    },
    derived: { public: sideOf('public'), private: sideOf('private'), drop: async () => {} },
    engine: {
      version: '1',
      thoroughFormats: new Set(),
      render: async () =>
        variantBytes === undefined
          ? { ok: false, code: 'render_failed' }
          : { ok: true, bytes: new Uint8Array(variantBytes), timings: TIMINGS },
      async removeMetadata() {
        removals++;
        return stripped ?? { ok: true, bytes: STRIPPED };
      },
    },
    encodeBudget: { check: async () => null, spend: async () => {} },
    clock: { now: () => now },
  } as unknown as EdgePorts;
  const options = { maxVariantsPerImage: 9, variantSizes: [] } as unknown as EdgeOptions;
  const read = createRead(ports, options);
  const token = () => signServeToken({ p: image.project, f: image.key, exp: NOW + 600 }, SECRET);
  const ask = async (query: string, method = 'GET', headers: Record<string, string> = {}) => {
    const target = `/${image.project}/${image.key}?${query}&token=${await token()}`;
    const signal = new AbortController().signal;
    const request = { method, target, headers: new Headers(headers), signal };
    const context = {
      ...{ requestId: 'id', client: '', host: null, facts: {} },
      isOperator: () => false,
      isDisconnected: async () => false,
    };
    const address = readAddress('GET', target);
    if (address === null) throw new Error(`${target} names no image`);
    const { status, headers: sent, body } = await read(request, address, context);
    const bytes = typeof body === 'string' ? undefined : body?.bytes;
    return { status, headers: sent, text: bytes && new TextDecoder().decode(bytes) };
  };
  const advance = (ms: number) => {
    now += ms;
  };
  return { ask, entries, advance, removals: () => removals };
}

describe('?metadata=none', () => {
  it('is the master without its metadata, made once', async () => {
    const { ask, removals } = setUp();
    const first = await ask('metadata=none');
    const { ETag: etag = '', 'Content-Type': type, 'Content-Length': length } = first.headers;
    expect([first.status, first.text, type, length]).toEqual([200, 'pixels', 'image/jpeg', '6']);
    expect(etag).not.toBe((await ask('')).headers['ETag']);
    expect((await ask('metadata=none')).text).toBe('pixels');
    expect(removals()).toBe(1);
    expect((await ask('')).text).toBe('pixels and GPS');
  });

  it('is tried again after a minute: the process may have failed, and not the file', async () => {
    const { ask, advance, removals } = setUp({ stripped: { ok: false, code: 'render_failed' } });
    expect((await ask('metadata=none')).status).toBe(422);
    advance(59_999);
    expect((await ask('metadata=none')).status).toBe(422);
    expect(removals()).toBe(1);
    advance(1);
    await ask('metadata=none');
    expect(removals()).toBe(2);
  });

  it('has ranges, an entity tag and HEAD of its own', async () => {
    const { ask } = setUp();
    const head = await ask('metadata=none', 'HEAD');
    expect([head.status, head.headers['ETag'], head.headers['Content-Length']]).toEqual([
      ...[200, undefined, undefined],
    ]);
    const whole = await ask('metadata=none');
    const etag = whole.headers['ETag'] ?? '';
    const known = await ask('metadata=none', 'HEAD');
    expect([known.headers['ETag'], known.headers['Content-Length']]).toEqual([etag, '6']);
    const part = await ask('metadata=none', 'GET', { Range: 'bytes=2-3' });
    expect([part.status, part.text, part.headers['Content-Range']]).toEqual([
      ...[206, 'xe', 'bytes 2-3/6'],
    ]);
    expect((await ask('metadata=none', 'GET', { 'If-None-Match': etag })).status).toBe(304);
    expect((await ask('metadata=none', 'GET', { Range: 'bytes=6-' })).status).toBe(416);
  });

  it('is not made for a client that has it', async () => {
    const { ask, entries, removals } = setUp();
    const { headers } = await ask('metadata=none');
    entries.clear();
    const again = await ask('metadata=none', 'GET', { 'If-None-Match': headers['ETag'] ?? '' });
    expect([again.status, removals()]).toEqual([304, 1]);
  });

  it('of a private image is kept with the private ones, and never called a hit', async () => {
    const { ask, entries } = setUp({ visibility: 'private' });
    for (let i = 0; i < 2; i++) {
      const { headers } = await ask('metadata=none');
      expect(headers['Cache-Control']).toBe('private, max-age=300');
      expect(headers['Server-Timing']).toMatch(/origin;.*cache;desc="BYPASS"/);
    }
    expect([...entries.keys()].every((name) => name.startsWith('private '))).toBe(true);
  });

  it('says when the metadata cannot be removed', async () => {
    const { ask } = setUp({ stripped: { ok: false, code: 'metadata_not_removable' } });
    const { status, headers } = await ask('metadata=none');
    expect([status, headers['X-Aura-Error'], headers['Cache-Control']]).toEqual([
      ...[422, 'metadata_not_removable', 'no-store'],
    ]);
  });

  it('is not tried again for a master whose metadata cannot be removed', async () => {
    const stripped = { ok: false, code: 'metadata_not_removable' } as const;
    const { ask, removals } = setUp({ stripped, variantBytes: MASTER.length + 1 });
    for (let i = 0; i < 3; i++) {
      expect((await ask('metadata=none')).status).toBe(422);
      expect((await ask('fmt=jpeg')).status).toBe(200);
    }
    expect((await ask('metadata=none', 'HEAD')).status).toBe(422);
    expect((await ask('fmt=jpeg', 'HEAD')).status).toBe(200);
    expect(removals()).toBe(1);
  });
});

describe('a project that removes the metadata of masters', () => {
  it.each([
    '',
    'v=3',
    'metadata=none',
    'lqip=false',
    'fmt=original',
    'fmt=original&metadata=none',
    'download',
  ])('gives no others to readers: ?%s', async (query) => {
    const { ask } = setUp({ masterMetadata: 'remove', visibility: 'private' });
    expect((await ask(query)).text).toBe('pixels');
    expect((await ask(query, 'GET', { Range: 'bytes=0-99' })).text).toBe('pixels');
  });

  it('gives no others as the fallback of a variant', async () => {
    const { ask } = setUp({ masterMetadata: 'remove' });
    const { text, headers } = await ask('w=40&fmt=webp');
    expect([text, headers['X-Aura-Fallback']]).toEqual(['pixels', 'master']);
    expect(headers['Cache-Control']).toBe('public, max-age=60');
  });

  it.each(['', 'w=40&fmt=webp'])(
    'gives none whose metadata cannot be removed: ?%s',
    async (query) => {
      const stripped = { ok: false, code: 'metadata_not_removable' } as const;
      const { ask } = setUp({ masterMetadata: 'remove', stripped });
      const { status, text } = await ask(query);
      expect([status, text]).toEqual([422, undefined]);
    },
  );
});

describe('a variant in the size of its master', () => {
  const LARGER = { variantBytes: MASTER.length + 1 };
  const MODERN = { Accept: 'image/avif,image/webp,image/*,*/*;q=0.8' };

  it.each(['fmt=auto', 'w=90', 'w=5000', 'fmt=jpeg', 'q=30'])(
    'is the master without its metadata where that has fewer bytes: ?%s',
    async (query) => {
      const { ask, removals } = setUp(LARGER);
      for (let i = 0; i < 2; i++) {
        const { text, headers } = await ask(query, 'GET', MODERN);
        expect([text, headers['Content-Type'], headers['X-Aura-Fallback']]).toEqual([
          ...['pixels', 'image/jpeg', undefined],
        ]);
        expect(headers['Vary']).toBe(query === 'fmt=jpeg' ? undefined : 'Accept');
        expect(headers['Cache-Control']).toMatch(/^public, max-age=31536000/);
        const again = await ask(query, 'GET', {
          ...MODERN,
          'If-None-Match': headers['ETag'] ?? '',
        });
        expect(again.status).toBe(304);
      }
      expect(removals()).toBe(1);
      const head = await ask(query, 'HEAD', MODERN);
      expect([head.headers['Content-Type'], head.headers['Content-Length']]).toEqual([
        ...['image/jpeg', '6'],
      ]);
    },
  );

  it.each([
    ['of another size', 'w=89', MODERN, LARGER],
    ['on a background', 'w=200&h=60&fit=contain', MODERN, LARGER],
    ['in another format than the master', 'fmt=webp', MODERN, LARGER],
    ['for a client without the type', 'fmt=auto', { Accept: 'image/webp' }, LARGER],
    ['with no more bytes', 'fmt=auto', MODERN, { variantBytes: MASTER.length }],
    ['of a type that browsers do not show', 'fmt=auto', MODERN, { ...LARGER, type: 'image/tiff' }],
    [
      'if the metadata cannot be removed',
      'fmt=auto',
      MODERN,
      { ...LARGER, stripped: { ok: false, code: 'metadata_not_removable' } },
    ],
    [
      'if nothing is smaller after all',
      'fmt=auto',
      MODERN,
      { ...LARGER, stripped: { ok: true, bytes: new Uint8Array(99) } },
    ],
  ] as const)('stays a variant %s', async (_, query, headers, options) => {
    const { status, text } = await setUp(options).ask(query, 'GET', headers);
    expect([status, text]).toEqual([200, '\0'.repeat(options.variantBytes)]);
  });

  it('of a private image is never called a hit', async () => {
    const { ask } = setUp({ ...LARGER, visibility: 'private' });
    for (let i = 0; i < 2; i++) {
      const { text, headers } = await ask('fmt=auto', 'GET', MODERN);
      expect([text, headers['Cache-Control']]).toEqual(['pixels', 'private, max-age=300']);
      expect(headers['Server-Timing']).toMatch(/origin;.*cache;desc="BYPASS"/);
    }
  });
});
