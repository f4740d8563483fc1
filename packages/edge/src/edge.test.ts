import { createRouter } from '@auraimage/http';
import { testContext } from '@auraimage/http/testing';
import type { ImageAddress } from '@auraimage/protocol';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
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
    rename: note,
    setMetadata: note,
    async listFolder(project) {
      lookups.push(project);
      return { images: [], folders: [], cursor: null };
    },
    insert: async () => 'project_missing',
    setFocus: async () => {},
    setFocalPoint: async () => null,
    versionsOf: async () => [],
    newest: async () => [],
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
    presets: { find: async () => null },
    projects,
    receiptKeys: {
      signingKey: async () => ({ id: 'first', publicKey: '', privateKey: '' }),
      publicKeys: async () => [],
    },
    objects: {
      create: () => Promise.reject(new Error('not implemented')),
      read: async () => null,
      remove: async () => {},
      ping: async () => {},
    },
    recipients: { revokedAt: async () => null },
    receiver: { receive: async () => ({ filename: '' }) },
    engine: {
      version: '1',
      thoroughFormats: new Set(),
      inspect: async () => ({ ok: false, code: 'image_not_decodable' }),
      render: async () => ({ ok: false, code: 'image_not_decodable' }),
      findFocus: async () => null,
      findBorder: async () => null,
      removeMetadata: async () => ({ ok: false, code: 'render_failed' }),
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

/** Whether a path names an image if nothing is decoded: its own characters, and nothing else but options. */
function names(path: string, lookup: string): boolean {
  const [, project = '', key = ''] = /^([^/]+)\/(.+)$/.exec(lookup) ?? [];
  if (path === `/v1/blurhash/${lookup}`) return true;
  const rest = path.startsWith(`/${project}/`) ? path.slice(project.length + 2) : null;
  const withoutSegment = rest?.replace(/^[^/]*[=,][^/]*\//, '');
  const extension = withoutSegment?.startsWith(key) ? withoutSegment.slice(key.length) : null;
  return extension !== null && /^(?:|\.(?:jpe?g|png|webp|avif))$/.test(extension ?? '-');
}

/** Parts that a server which decodes, splits, case-folds or normalizes would read as another path. */
const strange = fc.constantFrom(
  ...['%2F', '%2f', '%252F', '%5C', '\\', '/', '//', '.', '..', '/../', '/./', '%2e%2e', '%2E'],
  ...['%00', '\0', '%0a', '\n', '\t', ' ', '%20', '+', ';', ':', '@', '&', '=', '?', '#', '?a/b'],
  ...['A', '%61', '%C3%A9', 'é', 'а', '\u2024', '\u2215', '\uff0f', '\u202e', '%', '%zz', '~', '*'],
  ...[
    'w=1/',
    'w=1,h=2',
    '.webp',
    '.jpg',
    '/users/42',
    'v1',
    'images',
    'my-app',
    KEY,
    `/${KEY}`,
    `/my-app/${KEY}`,
  ],
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

/** Random addresses: of `npm run test:long`, and of a normal run. */
const RUNS = inject('long') ? 2000 : 500;
/** A generated key, and the name that it would be with a format behind it. */
const BOTH = [`${PROJECT}/${KEY}`, `${PROJECT}/${KEY.slice(0, -'.jpg'.length)}`];

describe('createEdge', () => {
  it.each([
    ['GET', `/${PROJECT}/${KEY}?w=1#x`, BOTH],
    ['HEAD', `/${PROJECT}/${KEY}`, BOTH],
    ['GET', `/${PROJECT}/w=1,h=2/users/42/avatar.webp`, [`${PROJECT}/users/42/avatar`]],
    ['GET', `/${PROJECT}/users/42/avatar`, [`${PROJECT}/users/42/avatar`]],
    ['GET', `/${PROJECT}/users/w=1/avatar`, []],
    ['GET', `/v1/blurhash/${PROJECT}/users/42/avatar`, [`${PROJECT}/users/42/avatar`]],
    ['GET', `/v1/blurhash/${PROJECT}/w=1/avatar`, []],
    ['GET', `/v1/blurhash/${PROJECT}/${KEY}`, [`${PROJECT}/${KEY}`]],
  ])('%s %s looks up what the path names', async (verb, target, names) => {
    const { router, lookups } = createRecordingEdge();
    await router.fetch(new Request(`http://localhost${target}`, { method: verb }), testContext());
    expect(lookups).toEqual(names);
  });

  it('looks up the exact characters of the path, for every path', async () => {
    await fc.assert(
      fc.asyncProperty(method, path, async (verb, text) => {
        const { router, lookups } = createRecordingEdge();
        const request = new Request(`http://localhost${text}`, { method: verb });
        const { status } = await router.fetch(request, testContext());
        const raw = request.url.slice('http://localhost'.length).replace(/[?#].*/s, '');
        for (const name of lookups) expect(names(raw, name), `${name} of ${raw}`).toBe(true);
        for (const name of lookups) expect(name).toMatch(/^[a-z0-9-]+(?:\/[A-Za-z0-9._~-]+)+$/);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: RUNS },
    );
  });

  it('looks up the exact characters of the request target, for every target', async () => {
    await fc.assert(
      fc.asyncProperty(path, async (target) => {
        const { edge, lookups } = createRecordingEdge();
        const address = readAddress('GET', target);
        if (address === null) return;
        const { headers, signal } = new Request('http://localhost');
        await edge.read({ method: 'GET', target, headers, signal }, address, testContext());
        const raw = target.replace(/[?#].*/s, '');
        for (const name of lookups) expect(names(raw, name), `${name} of ${raw}`).toBe(true);
        // The project has no presets.
        const { candidates, preset } = address;
        expect(lookups).toHaveLength(preset === undefined ? candidates.length : 0);
      }),
      { numRuns: RUNS },
    );
  });
});
