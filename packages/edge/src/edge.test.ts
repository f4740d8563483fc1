import { createRouter, type RequestContext } from '@auraimage/http';
import type { ImageAddress } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEdge } from './edge.js';
import type { EdgePorts } from './ports.js';
import { readAddress } from './read/route.js';

const PROJECT = 'my-app';
const KEY = 'abc123xyz0-photo.jpg';

const emptySide: EdgePorts['derived']['public'] = {
  maxEntryBytes: 0,
  get: async () => null,
  set: async () => false,
  remove: async () => {},
  names: async () => [],
};

/** An edge without images. */
function createRecordingEdge() {
  /** Images and projects that were looked up. */
  const lookups: string[] = [];
  const note = ({ project, key }: ImageAddress) => {
    lookups.push(`${project}/${key}`);
    return Promise.resolve(null);
  };
  const images: EdgePorts['images'] = {
    find: note,
    setVisibility: note,
    remove: note,
    revokeLinks: note,
    insert: async () => 'project_missing',
    setFocus: async () => {},
    versionsOf: async () => [],
    async list(project) {
      lookups.push(project);
      return { images: [], cursor: null };
    },
    ping: async () => {},
  };
  const projects: EdgePorts['projects'] = {
    uploadPolicy: async () => null,
  };
  const ports: EdgePorts = {
    images,
    projects,
    objects: {
      create: () => Promise.reject(new Error('not implemented')),
      read: async () => null,
      remove: async () => {},
      ping: async () => {},
    },
    receiver: { receive: async () => ({ filename: '' }) },
    engine: {
      version: '1',
      thoroughFormats: new Set(),
      inspect: async () => ({ ok: false, code: 'image_not_decodable' }),
      render: async () => ({ ok: false, code: 'image_not_decodable' }),
      findFocus: async () => null,
    },
    derived: {
      public: emptySide,
      private: emptySide,
      drop: async () => {},
      async *objects() {},
    },
    encodeBudget: { check: async () => null, spend: async () => {} },
    uploadRate: { consume: async () => 0 },
    clock: { now: () => 1_900_000_000_000 },
  };
  const edge = createEdge(ports, {
    publicUrl: 'http://localhost',
    maxUploadBytes: 1,
    maxConcurrentUploads: 1,
    bodyIdleMs: 1,
    bodyTotalMs: 1,
    variantSizes: [],
    maxVariantsPerImage: 1,
    onFailure: () => {},
    isDraining: () => false,
  });
  return { edge, router: createRouter(edge.routes), lookups };
}

const context = (): RequestContext => ({
  requestId: 'id',
  client: '::1',
  host: null,
  isOperator: () => false,
  isDisconnected: async () => false,
  facts: {},
});

/** The image that a path names if nothing is decoded. */
function namedBy(path: string): string[] {
  const [, address = ''] = /^(?:\/v1\/blurhash)?\/([^/]+\/[^/]+)$/.exec(path) ?? [];
  return [address].filter((name) => name !== '');
}

/** Parts that a server which decodes, splits, case-folds or normalizes would read as another path. */
const strange = fc.constantFrom(
  ...['%2F', '%2f', '%252F', '%5C', '\\', '/', '//', '.', '..', '/../', '/./', '%2e%2e', '%2E'],
  ...['%00', '\0', '%0a', '\n', '\t', ' ', '%20', '+', ';', ':', '@', '&', '=', '?', '#', '?a/b'],
  ...['A', '%61', '%C3%A9', 'é', 'а', '\u2024', '\u2215', '\uff0f', '\u202e', '%', '%zz', '~', '*'],
  ...['v1', 'images', 'my-app', KEY, `/${KEY}`, `/my-app/${KEY}`],
);

/** The text, or the text with strange parts inserted at random positions. */
const disturbed = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), strange), { maxLength: 2 })
    .map((parts) =>
      parts.reduce((whole, [at, part]) => whole.slice(0, at) + part + whole.slice(at), text),
    );

const path = fc
  .oneof(
    disturbed(`${PROJECT}/${KEY}`),
    disturbed(`v1/blurhash/${PROJECT}/${KEY}`),
    fc.array(strange, { maxLength: 6 }).map((parts) => parts.join('')),
  )
  .map((text) => `/${text}`);
const method = fc.constantFrom('GET', 'HEAD', 'PATCH', 'DELETE', 'POST', 'PUT', 'OPTIONS');

describe('createEdge', () => {
  it.each([
    ['GET', `/${PROJECT}/${KEY}?w=1#x`, [`${PROJECT}/${KEY}`]],
    ['HEAD', `/${PROJECT}/${KEY}`, [`${PROJECT}/${KEY}`]],
    ['GET', `/v1/blurhash/${PROJECT}/${KEY}`, [`${PROJECT}/${KEY}`]],
  ])('%s %s looks up what the path names', async (verb, target, names) => {
    const { router, lookups } = createRecordingEdge();
    await router.fetch(new Request(`http://localhost${target}`, { method: verb }), context());
    expect(lookups).toEqual(names);
  });

  it('looks up the exact characters of the path, for every path', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, text) => {
        const { router, lookups } = createRecordingEdge();
        const request = new Request(`http://localhost${text}`, { method: verb });
        const { status } = await router.fetch(request, context());
        const raw = request.url.slice('http://localhost'.length).replace(/[?#].*/s, '');
        for (const name of lookups) expect(namedBy(raw)).toContain(name);
        for (const name of lookups) expect(name).toMatch(/^[a-z0-9-]+(?:\/[a-z0-9.-]+)?$/);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 2000 },
    );
  });

  it('looks up the exact characters of the request target, for every target', async () => {
    await fc.assert(
      fc.asyncProperty(path, async (target) => {
        const { edge, lookups } = createRecordingEdge();
        const address = readAddress('GET', target);
        if (address === null) return;
        const { headers, signal } = new Request('http://localhost');
        await edge.read({ method: 'GET', target, headers, signal }, address, context());
        expect(namedBy(target.replace(/[?#].*/s, ''))).toContain(lookups.join());
        expect(lookups).toHaveLength(1);
      }),
      { numRuns: 2000 },
    );
  });
});
