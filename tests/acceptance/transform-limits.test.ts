import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { AuraImage } from '@auraimage/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { addProject } from '../harness/projects.js';
import type { TestServer, TestServerOptions } from '../harness/server.js';
import { sharedServer } from '../harness/shared-server.js';
import { postUpload, upload } from '../harness/upload.js';
import { noiseImage } from '../heavy/support/images.js';
import { withQuery } from './support/serve-gallery.js';
import { ask } from './support/serve-request.js';
import { keptFiles } from './support/transform-files.js';
import {
  addShot,
  cacheOf,
  lookAt,
  openStudio,
  type Shot,
  shotOf,
  timingOf,
  VISIBILITIES,
  verdictOf,
} from './support/transform-studio.js';

/** A server for the tests of a `describe`. */
function studioWith(options: Pick<TestServerOptions, 'env' | 'bounds'> = {}): () => TestServer {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await openStudio(options);
  });
  afterAll(() => server?.kill());
  return () => server as TestServer;
}

async function makeAll({ of }: Shot, queries: readonly string[]): Promise<string[]> {
  const verdicts: string[] = [];
  for (const query of queries) verdicts.push(verdictOf(await ask(of(query))));
  return verdicts;
}

describe('AURA_VARIANT_SIZES', () => {
  const studio = studioWith({ env: { AURA_VARIANT_SIZES: '100,50, 200' } });

  it.each(VISIBILITIES)('only the next larger size is made: %s image', async (visibility) => {
    const { of } = await addShot(studio(), await drawing(600, 400).jpeg().toBuffer(), visibility);
    const tags = new Map<string, string | undefined>();
    for (const [query, width, height] of [
      ['w=1', 50, 33],
      ['w=50', 50, 33],
      ['w=51', 100, 67],
      ['w=100', 100, 67],
      ['w=150', 200, 133],
      ['w=5000', 200, 133],
      ['h=40', 75, 50],
      ['w=60&h=60', 100, 100],
      ['w=150&h=75', 200, 100],
      ['lqip=true', 50, 33],
      ['q=80', 600, 400],
    ] as const) {
      const reply = await ask(of(`${query}&fmt=webp`));
      expect(verdictOf(reply), query).toBe('200');
      expect(await lookAt(reply), query).toMatchObject({ width, height });
      tags.set(query, reply.headers.etag);
    }
    expect(tags.get('w=1')).toBe(tags.get('w=50'));
    expect(tags.get('w=51')).toBe(tags.get('w=100'));
    expect(tags.get('w=150')).toBe(tags.get('w=5000'));
    for (const query of ['w=50&rotate=90', 'w=50&gray=true', 'trim=true', 'bg=fff&fit=contain']) {
      expect(verdictOf(await ask(of(query))), query).toBe('403 transform_not_allowed');
    }
  });

  it.each(VISIBILITIES)('height and quality are rounded, too: %s image', async (visibility) => {
    const { of } = await addShot(studio(), await drawing(600, 400).jpeg().toBuffer(), visibility);
    const tagsOf = async (queries: readonly string[]) => {
      const tags = new Set<unknown>();
      for (const query of queries) {
        const reply = await ask(of(`${query}&fmt=webp`));
        expect(verdictOf(reply), query).toBe('200');
        tags.add(reply.headers.etag);
      }
      return tags.size;
    };
    expect(await tagsOf(['w=100&h=100', 'w=100&h=99', 'w=90&h=95'])).toBe(1);
    expect(await tagsOf(['w=50&q=80', 'w=50&q=84', 'w=50&q=76', 'w=50'])).toBe(1);
    expect(await tagsOf(['w=50&q=1', 'w=50&q=40', 'w=50&q=49'])).toBe(1);
  });

  it.each(VISIBILITIES)(
    'a master smaller than every size is not enlarged: %s',
    async (visibility) => {
      const { of } = await addShot(studio(), await drawing(40, 30).jpeg().toBuffer(), visibility);
      expect(await lookAt(await ask(of('w=10')))).toMatchObject({ width: 40, height: 30 });
    },
  );
});

describe('a project whose unsigned transforms are limited', () => {
  it('rounds them from the response on; signed ones stay as they are', async () => {
    const server = await sharedServer();
    const { owner } = server;
    const project = `/v1/projects/${server.credentials.projectName}`;
    const file = await drawing(600, 400).jpeg().toBuffer();
    const open = await addShot(server, file, 'public');
    const closed = await addShot(server, file, 'private');
    const widths = async (w: number) => {
      const urls = [open.bare, open.signed, closed.signed];
      const replies = await Promise.all(
        urls.map((url) => ask(withQuery(url, `w=${w}&h=${w}&fmt=jpeg`))),
      );
      return Promise.all(replies.map(async (reply) => (await lookAt(reply)).width));
    };
    expect(await widths(333)).toEqual([333, 333, 333]);
    await owner.json('PATCH', project, { unsignedTransforms: 'listed' });
    expect(await widths(332)).toEqual([384, 332, 332]);
    await owner.json('PATCH', project, { unsignedTransforms: 'any' });
    expect(await widths(331)).toEqual([331, 331, 331]);
  });
});

describe('the limit of variants of an image', () => {
  const studio = studioWith({ bounds: { maxVariantsPerImage: 3 } });
  const query = (width: number) => `w=${width}&fmt=webp`;

  const isMade = async ({ of }: Shot, width: number) => {
    const reply = await ask(of(query(width)));
    expect(verdictOf(reply), `width ${width}`).toBe('200');
    return timingOf(reply).has('encode');
  };

  it.each(VISIBILITIES)(
    'one more replaces the least recently requested, whoever fills the limit: %s image',
    async (visibility) => {
      const file = await drawing(600, 400).jpeg().toBuffer();
      const full = await addShot(studio(), file, visibility);
      const other = await addShot(studio(), file, visibility);
      expect(await isMade(other, 40)).toBe(true);
      for (const width of [10, 20, 30]) expect(await isMade(full, width)).toBe(true);
      expect(await isMade(full, 10)).toBe(false);
      for (const width of [40, 50]) expect(await isMade(full, width)).toBe(true);
      for (const width of [10, 40, 50]) expect(await isMade(full, width)).toBe(false);
      expect(await isMade(full, 20)).toBe(true);
      expect(await isMade(other, 40)).toBe(false);
      expect(await makeAll(full, ['', 'blur=true'])).toEqual(['200', '200']);
    },
  );

  it.each(VISIBILITIES)(
    'holds for concurrent requests, which are all served: %s image',
    async (visibility) => {
      const owners = async () =>
        (await keptFiles(studio(), visibility)).map((path) => basename(path).split('~')[0]);
      const others = new Set(await owners());
      const { of } = await addShot(studio(), await drawing(600, 400).jpeg().toBuffer(), visibility);
      const widths = Array.from({ length: 12 }, (_, index) => 100 + index);
      const replies = await Promise.all(widths.map((width) => ask(of(query(width)))));
      expect(new Set(replies.map(verdictOf))).toEqual(new Set(['200']));
      const own = (await owners()).filter((owner) => !others.has(owner));
      expect(own.length).toBeGreaterThan(0);
      expect(own.length).toBeLessThanOrEqual(3);
    },
  );
});

describe('AURA_CACHE', () => {
  const studio = studioWith({ env: { AURA_CACHE: '400kb' } });

  it('least recently used variants of public and private images are evicted, and made again', async () => {
    const limit = 400 * 1024;
    const noisy = await noiseImage(200_000);
    const shots = [
      await addShot(studio(), noisy, 'private', 'a.png'),
      await addShot(studio(), noisy, 'public', 'b.png'),
    ];
    const query = (n: number) => `w=${200 - n}&fmt=jpeg&q=100`;
    const asked = Array.from({ length: 24 }, (_, n) => shots[n % 2]?.of(query(n)) ?? '');
    for (const url of asked) {
      expect(verdictOf(await ask(url))).toBe('200');
      const paths = (
        await Promise.all(VISIBILITIES.map((each) => keptFiles(studio(), each)))
      ).flat();
      const found = await Promise.all(paths.map((path) => stat(path).catch(() => null))); // or removed
      expect(found.reduce((sum, file) => sum + (file?.size ?? 0), 0)).toBeLessThanOrEqual(limit);
      expect(paths.length).toBeGreaterThan(0);
    }
    const again = await Promise.all(asked.map((url) => ask(url)));
    expect(new Set(again.map(verdictOf))).toEqual(new Set(['200']));
    expect(again.some((reply) => timingOf(reply).has('encode'))).toBe(true);
  });

  it('keeps the variants of a project while a stranger requests many of another', async () => {
    const { url } = studio();
    const quiet = new AuraImage(await addProject(studio(), 'quiet-app'));
    const noisy = await noiseImage(200_000);
    const { key, url: bare } = await upload({ aura: quiet, url }, noisy, 'public');
    const small = await shotOf({ aura: quiet }, key, bare, 'public');
    const queries = [20, 30, 40, 50].map((width) => `w=${width}&fmt=jpeg`);
    await makeAll(small, queries);
    const loud = await addShot(studio(), noisy, 'public', 'b.png');
    const many = Array.from({ length: 24 }, (_, n) => `w=${200 - n}&fmt=jpeg&q=100`);
    expect(new Set(await makeAll(loud, many))).toEqual(new Set(['200']));
    for (const query of queries) expect(cacheOf(await ask(small.of(query))), query).toBe('HIT');
    const first = await ask(loud.of(many[0] ?? ''), { method: 'HEAD' });
    expect(cacheOf(first)).toBe('MISS');
  });
});

describe('AURA_ENCODE_SECONDS_PER_MINUTE', () => {
  const studio = studioWith({ env: { AURA_ENCODE_SECONDS_PER_MINUTE: '1' } });

  it('a client that has used its time is refused, uploads too; existing variants and other projects are served', async () => {
    const { url } = studio();
    const file = await drawing(1200, 900).jpeg().toBuffer();
    const shots = [];
    for (const visibility of VISIBILITIES) shots.push(await addShot(studio(), file, visibility));
    for (const { of } of shots) {
      const first = verdictOf(await ask(of('w=100&fmt=webp')));
      let width = 1200;
      // Some requests use up the budget, so the second image is refused.
      while (verdictOf(await ask(of(`w=${width}&fmt=avif`))) === '200') width--;
      const refused = await ask(of('w=99&fmt=webp'));
      expect(verdictOf(refused)).toBe('429 encode_limit');
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
      expect(refused.headers['cache-control']).toBe('no-store');
      expect(verdictOf(await ask(of('w=100&fmt=webp')))).toBe(first);
      expect(verdictOf(await ask(of('')))).toBe('200');
    }
    const token = await studio().aura.signUpload();
    const late = await postUpload(url, token, file);
    expect(late.status).toBe(429);
    expect(late.headers.get('x-aura-error')).toBe('encode_limit');
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const credentials = await addProject(studio(), 'other-app');
    const aura = new AuraImage(credentials);
    const other = await upload({ aura, url }, file, 'public');
    const shot = await shotOf({ aura }, other.key, other.url, 'public');
    expect(verdictOf(await ask(shot.of('w=99&fmt=webp')))).toBe('200');
  });
});
