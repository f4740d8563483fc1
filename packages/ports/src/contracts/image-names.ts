import { beforeEach, describe, expect, it } from 'vitest';
import { type FolderPage, InvalidCursorError } from '../index.js';
import { HOSTILE_TEXTS } from './fixtures.js';
import { type ImageRecordsSetup, newImage, ORIGIN, row, type TestImage } from './image-fixtures.js';

/** The part of the `ImageRecords` suite about keys that developers choose. The project `my-app` exists. */
export function declareImageNames(setup: () => ImageRecordsSetup): void {
  declareReplacement(setup);
  declareRename(setup);
  declareRevocations(setup);
  declareMetadata(setup);
  declareFolders(setup);
}

const KEY = 'users/42/avatar';

function named(n: number, changes: Partial<TestImage> = {}): TestImage {
  return newImage('my-app', n, { key: KEY, ...changes });
}

function declareReplacement(setup: () => ImageRecordsSetup): void {
  const find = async () => (await setup().images.find(named(1)))?.image ?? null;

  describe('insert that may replace', () => {
    it('inserts if the key is free', async () => {
      const image = named(1, { metadata: { album: 'summer' } });
      const outcome = { image: row(image), replaced: null };
      expect(await setup().images.insert(image, ORIGIN)).toEqual(outcome);
      expect(await find()).toEqual(row(image));
    });

    it('replaces the bytes in one commit, which every process sees', async () => {
      const [first, second] = [named(1, { size: 10 }), named(2, { size: 7, fileName: null })];
      await setup().images.insert(first);
      await setup().other.find(first);
      const replaced = row(second, { version: 2 });
      const outcome = { image: replaced, replaced: row(first) };
      expect(await setup().images.insert(second, ORIGIN)).toEqual(outcome);
      expect(await find()).toEqual(replaced);
      expect((await setup().other.find(first))?.image).toEqual(replaced);
      expect(await setup().usedBytes('my-app')).toBe(7);
      expect(await setup().imageCount('my-app')).toBe(1);
      const { images } = await setup().images.list('my-app', { limit: 10 });
      expect(images).toEqual([replaced]);
    });

    it('keeps visibility, metadata and revoked links that the upload does not name', async () => {
      const metadata = { album: 'summer' };
      await setup().images.insert(named(1, { visibility: 'private', metadata }));
      await setup().images.revokeLinks(named(1), 1000, ORIGIN);
      await setup().images.setFocus(named(1), 'auto', { x: 0.5, y: 0.5 });
      const { visibility: _, ...unnamed } = named(2);
      await setup().images.insert(unnamed, ORIGIN);
      const kept = { visibility: 'private', metadata, linksRevokedAt: 1000, version: 2 } as const;
      expect(await find()).toEqual(row(named(2), kept));
      const changes = { visibility: 'public', metadata: {} } as const;
      await setup().images.insert(named(3, changes), ORIGIN);
      expect(await find()).toEqual(row(named(3), { ...kept, ...changes, version: 3 }));
    });

    it('forgets the focus, and ignores one of the earlier bytes', async () => {
      await setup().images.insert(named(1));
      await setup().images.insert(named(2), ORIGIN);
      await setup().images.setFocus(named(1), 'face', null);
      expect((await find())?.focus).toEqual({});
    });

    it('counts only the difference against the quota', async () => {
      await setup().makeProject('small-app', { quotaBytes: 100 });
      const insert = (n: number, size: number) =>
        setup().images.insert({ ...named(n, { size }), project: 'small-app' }, ORIGIN);
      expect(await insert(1, 80)).toMatchObject({ replaced: null });
      expect(await insert(2, 100)).toMatchObject({ replaced: { size: 80 } });
      expect(await insert(3, 101)).toBe('quota_exceeded');
      expect(await setup().usedBytes('small-app')).toBe(100);
      expect(await insert(4, 1)).toMatchObject({ replaced: { size: 100 } });
      expect(await setup().usedBytes('small-app')).toBe(1);
    });

    it('leaves exactly one image after concurrent uploads, each of which replaced another', async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          setup().images.insert(named(n, { size: 100 + n }), ORIGIN),
        ),
      );
      const replaced = outcomes.map((outcome) =>
        typeof outcome === 'object' ? (outcome.replaced?.objectId ?? null) : outcome,
      );
      expect(new Set(replaced).size).toBe(20);
      expect(replaced).toContain(null);
      const last = await find();
      expect(last?.version).toBe(20);
      expect(replaced).not.toContain(last?.objectId);
      expect(await setup().usedBytes('my-app')).toBe(last?.size);
      expect(await setup().imageCount('my-app')).toBe(1);
    });

    it('adds an audit entry with the change', async () => {
      await setup().images.insert(named(1), ORIGIN);
      await setup().images.insert(named(2, { visibility: 'private' }), ORIGIN);
      const { accountId, audit } = setup();
      const { entries } = await audit.list({ accountId, limit: 10 });
      const own = entries.filter(({ action }) => action === 'image.replaced');
      expect(own).toHaveLength(1);
      expect(own[0]).toMatchObject({
        ...ORIGIN,
        project: 'my-app',
        target: KEY,
        details: { visibility: 'private', previousVisibility: 'public' },
      });
    });
  });
}

function declareRename(setup: () => ImageRecordsSetup): void {
  const find = async (key: string) =>
    (await setup().images.find({ project: 'my-app', key }))?.image ?? null;

  describe('rename', () => {
    it('moves the record to another key, in every process', async () => {
      await setup().images.insert(named(1));
      await setup().other.find(named(1));
      expect(await setup().other.find({ project: 'my-app', key: 'b' })).toBeNull();
      const moved = row(named(1, { key: 'b' }), { version: 2 });
      expect(await setup().images.rename(named(1), 'b', ORIGIN)).toEqual(moved);
      expect(await find('b')).toEqual(moved);
      expect(await find(KEY)).toBeNull();
      expect(await setup().other.find(named(1))).toBeNull();
      expect((await setup().other.find({ project: 'my-app', key: 'b' }))?.image).toEqual(moved);
      expect((await setup().images.list('my-app', { limit: 5, search: 'b' })).images).toEqual([
        moved,
      ]);
      expect((await setup().images.list('my-app', { limit: 5, search: 'avatar' })).images).toEqual(
        [],
      );
      expect(await setup().imageCount('my-app')).toBe(1);
    });

    it('moves there and back', async () => {
      await setup().images.insert(named(1));
      await setup().images.rename(named(1), 'b', ORIGIN);
      await setup().other.find({ project: 'my-app', key: 'b' });
      await setup().images.rename({ project: 'my-app', key: 'b' }, KEY, ORIGIN);
      expect(await find(KEY)).toEqual(row(named(1), { version: 3 }));
      expect((await setup().other.find(named(1)))?.image.version).toBe(3);
      expect(await setup().other.find({ project: 'my-app', key: 'b' })).toBeNull();
    });

    it('refuses a taken key, and changes nothing', async () => {
      await setup().images.insert(named(1));
      await setup().images.insert(named(2, { key: 'b' }));
      expect(await setup().images.rename(named(1), 'b', ORIGIN)).toBe('name_taken');
      expect(await find(KEY)).toEqual(row(named(1)));
      expect(await find('b')).toEqual(row(named(2, { key: 'b' })));
    });

    it('is null for an unknown image, and does nothing for the same key', async () => {
      expect(await setup().images.rename(named(1), 'b', ORIGIN)).toBeNull();
      await setup().images.insert(named(1));
      expect(await setup().images.rename(named(1), KEY, ORIGIN)).toEqual(row(named(1)));
      const unknown = { project: 'no-app', key: KEY };
      expect(await setup().images.rename(unknown, 'b', ORIGIN)).toBeNull();
    });

    it('gives a key to one of several concurrent requests', async () => {
      for (let n = 0; n < 10; n++) await setup().images.insert(named(n, { key: `from-${n}` }));
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          setup().images.rename({ project: 'my-app', key: `from-${n}` }, 'to', ORIGIN),
        ),
      );
      expect(outcomes.filter((outcome) => outcome !== 'name_taken')).toHaveLength(1);
      expect(await setup().imageCount('my-app')).toBe(10);
      expect((await setup().images.list('my-app', { limit: 20 })).images).toHaveLength(10);
    });

    it('adds an audit entry with the change', async () => {
      await setup().images.insert(named(1));
      await setup().images.rename(named(1), 'b', ORIGIN);
      await setup().images.rename(named(1, { key: 'b' }), 'b', ORIGIN);
      const { accountId, audit } = setup();
      const { entries } = await audit.list({ accountId, limit: 10 });
      const own = entries.filter(({ action }) => action === 'image.renamed');
      expect(own).toHaveLength(1);
      expect(own[0]).toMatchObject({ ...ORIGIN, target: 'b', details: { from: KEY, to: 'b' } });
    });
  });
}

function declareRevocations(setup: () => ImageRecordsSetup): void {
  const revokedAt = async (key: string) =>
    (await setup().images.find({ project: 'my-app', key }))?.image.linksRevokedAt;

  describe('a revocation of links', () => {
    beforeEach(async () => {
      await setup().images.insert(named(1));
      await setup().images.revokeLinks(named(1), 1000, ORIGIN);
    });

    it('holds for the next image of the name, after a deletion', async () => {
      await setup().images.remove(named(1), ORIGIN);
      const again = await setup().images.insert(named(2));
      expect(again).toMatchObject({ image: { linksRevokedAt: 1000 } });
      expect(await revokedAt(KEY)).toBe(1000);
      await setup().images.remove(named(2), ORIGIN);
      await setup().images.insert(named(3));
      expect(await revokedAt(KEY)).toBe(1000);
    });

    it('holds for the next image of the name, after a rename', async () => {
      await setup().images.rename(named(1), 'b', ORIGIN);
      await setup().images.insert(named(2, { key: 'c' }));
      const moved = await setup().images.rename(named(2, { key: 'c' }), KEY, ORIGIN);
      expect(moved).toMatchObject({ linksRevokedAt: 1000 });
      expect((await setup().other.find(named(1)))?.image.linksRevokedAt).toBe(1000);
    });

    it('never becomes an earlier one', async () => {
      await setup().images.rename(named(1), 'b', ORIGIN);
      await setup().images.insert(named(2, { key: 'c' }));
      await setup().images.revokeLinks(named(2, { key: 'c' }), 2000, ORIGIN);
      await setup().images.rename(named(2, { key: 'c' }), KEY, ORIGIN);
      expect(await revokedAt(KEY)).toBe(2000);
    });

    it('is of one name in one project', async () => {
      await setup().makeProject('other-app');
      await setup().images.remove(named(1), ORIGIN);
      const theirs = { ...named(2), project: 'other-app' };
      await setup().images.insert(theirs);
      await setup().images.insert(named(3, { key: `${KEY}2` }));
      expect((await setup().images.find(theirs))?.image.linksRevokedAt).toBeNull();
      expect(await revokedAt(`${KEY}2`)).toBeNull();
    });

    it('leaves tokens of a newer serve secret valid', async () => {
      await setup().images.remove(named(1), ORIGIN);
      await setup().replaceServeSecret('my-app', 'psk_live_newer', null);
      await setup().images.insert(named(2));
      expect((await setup().images.find(named(2)))?.rotationsSinceRevoked).toBe(1);
    });
  });
}

function declareMetadata(setup: () => ImageRecordsSetup): void {
  describe('setMetadata', () => {
    it('replaces the pairs, in every process, with one audit entry for each change', async () => {
      await setup().images.insert(named(1, { metadata: { a: '1', b: '2' } }));
      await setup().other.find(named(1));
      const metadata = { b: 'größe 灯泡 "\\', c: '' };
      const changed = row(named(1), { metadata });
      expect(await setup().images.setMetadata(named(1), metadata, ORIGIN)).toEqual(changed);
      expect(await setup().images.setMetadata(named(1), metadata, ORIGIN)).toEqual(changed);
      expect((await setup().other.find(named(1)))?.image).toEqual(changed);
      const { accountId, audit } = setup();
      const { entries } = await audit.list({ accountId, limit: 10 });
      const own = entries.filter(({ action }) => action === 'image.metadata_changed');
      expect(own).toHaveLength(1);
      expect(own[0]).toMatchObject({ ...ORIGIN, target: KEY, details: { pairs: 2 } });
    });

    it('keeps a pair whose key is a member of every object', async () => {
      const metadata = JSON.parse('{"__proto__":"x","constructor":"y"}');
      await setup().images.insert(named(1, { metadata }));
      const found = (await setup().images.find(named(1)))?.image.metadata;
      expect(JSON.stringify(found)).toBe('{"__proto__":"x","constructor":"y"}');
    });

    it('is null for an unknown image', async () => {
      expect(await setup().images.setMetadata(named(1), {}, ORIGIN)).toBeNull();
    });
  });
}

function declareFolders(setup: () => ImageRecordsSetup): void {
  const KEYS = [
    ...['a', 'a.b', 'a/1', 'a/2', 'a/b/1', 'a/b/2', 'a0', 'aa/1', 'A', 'b/1', 'Z~/x', 'z/y/x'],
    ...Array.from({ length: 12 }, (_, n) => `many/${n}/photo`),
  ];

  describe('listFolder', () => {
    beforeEach(async () => {
      await setup().makeProject('other-app');
      for (const [n, key] of KEYS.entries()) {
        await setup().images.insert(named(n, { key }));
      }
      const theirs = named(100, { key: 'a/theirs', objectId: 'other' });
      await setup().images.insert({ ...theirs, project: 'other-app' });
    });

    /** Every page of a folder, and what is on them. */
    const listAll = async (prefix: string, grouped: boolean, limit: number) => {
      const pages: FolderPage[] = [];
      let cursor: string | null = null;
      do {
        const from: { cursor?: string } = cursor === null ? {} : { cursor };
        const page: FolderPage = await setup().images.listFolder('my-app', {
          limit,
          prefix,
          grouped,
          ...from,
        });
        pages.push(page);
        cursor = page.cursor;
      } while (cursor !== null);
      return {
        lengths: pages.map(({ images, folders }) => images.length + folders.length),
        keys: pages.flatMap(({ images }) => images.map(({ key }) => key)),
        folders: pages.flatMap(({ folders }) => folders),
      };
    };

    const byBytes = (texts: readonly string[]) => [...texts].sort((x, y) => (x < y ? -1 : 1));

    it('lists what begins with a prefix, in pages of any length', async () => {
      for (const prefix of ['', 'a', 'a/', 'a/b/', 'many/', 'many/1', 'A', 'nothing/', 'z/', '~']) {
        const expected = byBytes(KEYS.filter((key) => key.startsWith(prefix)));
        const folderOf = (key: string) => {
          const slash = key.indexOf('/', prefix.length);
          return slash < 0 ? null : key.slice(0, slash + 1);
        };
        const direct = expected.filter((key) => folderOf(key) === null);
        const folders = new Set(expected.flatMap((key) => folderOf(key) ?? []));
        for (const limit of [1, 2, 7, 1000]) {
          const flat = await listAll(prefix, false, limit);
          expect(flat.keys, prefix).toEqual(expected);
          expect(flat.folders).toEqual([]);
          const grouped = await listAll(prefix, true, limit);
          expect(grouped.keys, prefix).toEqual(direct);
          expect(grouped.folders, prefix).toEqual([...folders]);
          for (const length of grouped.lengths.slice(0, -1)) expect(length).toBe(limit);
        }
      }
    });

    it('lists whole records', async () => {
      const page = await setup().other.listFolder('my-app', {
        limit: 5,
        prefix: 'a/b/1',
        grouped: true,
      });
      const image = row(named(KEYS.indexOf('a/b/1'), { key: 'a/b/1' }));
      expect(page).toEqual({ images: [image], folders: [], cursor: null });
    });

    it('continues behind the previous page, whatever was added or removed since', async () => {
      const query = { limit: 2, prefix: 'many/', grouped: true };
      const first = await setup().images.listFolder('my-app', query);
      expect(first.folders).toEqual(['many/0/', 'many/1/']);
      await setup().images.remove({ project: 'my-app', key: 'many/1/photo' }, ORIGIN);
      await setup().images.insert(named(101, { key: 'many/1/other' }));
      const cursor = first.cursor ?? '';
      const next = await setup().images.listFolder('my-app', { ...query, cursor });
      expect(next.folders).toEqual(['many/10/', 'many/11/']);
    });

    it('is empty for an unknown project or one that is being deleted', async () => {
      await setup().beginDeletion('my-app');
      for (const project of ['my-app', 'no-app', ...HOSTILE_TEXTS]) {
        const query = { limit: 5, prefix: '', grouped: true };
        const nothing = { images: [], folders: [], cursor: null };
        expect(await setup().images.listFolder(project, query), project).toEqual(nothing);
      }
    });

    it('rejects other cursors, prefixes and limits', async () => {
      const list = (query: object) =>
        setup().images.listFolder('my-app', { limit: 5, prefix: '', grouped: true, ...query });
      const listed = (await setup().images.list('my-app', { limit: 1 })).cursor ?? '';
      for (const cursor of ['', '=', 'x', 'null', listed, 'x'.repeat(10_000)]) {
        await expect(list({ cursor }), cursor).rejects.toThrow(InvalidCursorError);
      }
      for (const prefix of ['%', ' ', 'ä', '\0', '\n', 'x'.repeat(256)]) {
        await expect(list({ prefix }), prefix).rejects.toThrow(RangeError);
      }
      for (const limit of [0, 1001, 1.5]) await expect(list({ limit })).rejects.toThrow(RangeError);
    });
  });
}
