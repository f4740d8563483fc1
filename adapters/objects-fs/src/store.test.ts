import { createHash } from 'node:crypto';
import {
  type FileHandle,
  mkdtemp,
  open,
  readdir,
  readlink,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ObjectStore, type OpenFile, StorageFullError } from '@auraimage/ports';
import { describeObjectStore } from '@auraimage/ports/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFsObjectStore } from './store.js';

const makeRoot = () => mkdtemp(join(tmpdir(), 'aura-objects-'));

async function filesIn(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

describeObjectStore('a folder', async () => {
  const root = await makeRoot();
  return {
    store: await createFsObjectStore({ root }),
    other: await createFsObjectStore({ root }),
    countAll: async () => (await filesIn(root)).length,
    close: () => rm(root, { recursive: true }),
  };
});

describe('createFsObjectStore', () => {
  const bytes = new Uint8Array(1_000_000).fill(7);
  let root: string;
  beforeEach(async () => {
    root = await makeRoot();
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    await rm(root, { recursive: true });
  });

  const keep = async (folder = root) => {
    const store = await createFsObjectStore({ root: folder });
    const draft = await store.create();
    await draft.write(bytes);
    return { store, ...(await draft.commit()) };
  };

  it('keeps its objects when it is opened again', async () => {
    const { id } = await keep();
    const again = await createFsObjectStore({ root: join(root, '.') });
    const file = await openObject(again, id);
    const target = new Uint8Array(10);
    await file.read(target, 0);
    file.close();
    expect(target).toEqual(bytes.subarray(0, 10));
  });

  it('creates missing folders that only the server can read', async () => {
    const { id } = await keep(join(root, 'not', 'there'));
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    expect(entries.map(({ name }) => name)).toContain(id);
    for (const { parentPath, name } of entries) {
      const { mode } = await stat(join(parentPath, name));
      expect(mode & 0o077, name).toBe(0);
    }
  });

  it('gives file and range of a large part, for the host to send', async () => {
    const { store, id } = await keep();
    const body = await store.read(id, { start: 100, length: 500_000 });
    const { path = '', start, length } = body?.file ?? {};
    expect({ start, length }).toEqual({ start: 100, length: 500_000 });
    expect((await stat(path)).size).toBe(bytes.length);
  });

  it('removes incomplete files of a crash, and nothing younger', async () => {
    const { store } = await keep();
    const draft = await store.create();
    await draft.write(bytes);
    const old = join(root, 'tmp', 'left-by-a-crash');
    await writeFile(old, 'half');
    await utimes(old, new Date(0), new Date(0));
    await createFsObjectStore({ root });
    expect(await readdir(join(root, 'tmp'))).toHaveLength(1);
    const { id } = await draft.commit();
    expect(await store.read(id, { start: 0, length: bytes.length })).not.toBeNull();
  });

  it('removes abandoned uploads repeatedly, because a crashed process may never restart', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    await createFsObjectStore({ root });
    const old = join(root, 'tmp', 'left-by-another');
    await writeFile(old, 'half');
    await utimes(old, new Date(0), new Date(0));
    vi.advanceTimersByTime(3_600_000);
    await vi.waitFor(async () => expect(await readdir(join(root, 'tmp'))).toEqual([]));
  });

  it('reports that it could not remove abandoned uploads, and retries', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const failures: unknown[] = [];
    await createFsObjectStore({ root, onCleanFailure: (error) => failures.push(error) });
    await rm(join(root, 'tmp'), { recursive: true });
    for (const count of [1, 2]) {
      vi.advanceTimersByTime(1_800_000);
      await vi.waitFor(() => expect(failures).toHaveLength(count));
    }
    expect(failures[0]).toMatchObject({ code: 'ENOENT' });
  });

  it('closes files that another process removed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'Date'] });
    const { store, id } = await keep();
    (await openObject(store, id)).close();
    await (await createFsObjectStore({ root })).remove(id);
    expect(await openDescriptors(id)).toHaveLength(1);
    vi.advanceTimersByTime(120_000);
    await vi.waitFor(async () => expect(await openDescriptors(id)).toEqual([]));
  });

  it('keeps no more files open than it may', async () => {
    const { id, store: writer } = await keep();
    const draft = await writer.create();
    await draft.write(bytes);
    const other = await draft.commit();
    const store = await createFsObjectStore({ root, maxKeptFiles: 1 });
    (await openObject(store, id)).close();
    expect(await openDescriptors(id)).toHaveLength(1);
    (await openObject(store, other.id)).close();
    expect(await openDescriptors(other.id)).toHaveLength(1);
    expect(await openDescriptors(id)).toEqual([]);
  });

  it('has one descriptor for all readers of a file, until each has closed it', async () => {
    const { store, id } = await keep();
    const readers = await Promise.all([1, 2, 3].map(() => openObject(store, id)));
    expect(await openDescriptors(id)).toHaveLength(1);
    await store.remove(id);
    for (const reader of readers) {
      const target = new Uint8Array(1000);
      await reader.read(target, 999_000);
      expect(target).toEqual(bytes.subarray(999_000));
      expect(await openDescriptors(id)).toHaveLength(1);
      reader.close();
    }
    await vi.waitFor(async () => expect(await openDescriptors(id)).toEqual([]));
  });

  it('reads in a thread until the bytes are in memory, and at once afterwards', async () => {
    const { store, id } = await keep();
    const file = await openObject(store, id);
    const isNow = async (start: number, length: number) => {
      const reading = file.read(new Uint8Array(length), start);
      await reading;
      return reading === undefined;
    };
    expect(await isNow(100_000, 300_000)).toBe(false);
    expect(await isNow(150_000, 200_000)).toBe(true);
    expect(await isNow(0, 150_000)).toBe(false);
    expect(await isNow(999_999, 1)).toBe(false);
    expect(await isNow(0, 1_000_000)).toBe(false);
    expect(await isNow(0, 1_000_000)).toBe(true);
    file.close();
  });

  it('reads in a thread again after it had to wait for the disk', async () => {
    const { store, id } = await keep();
    const file = await openObject(store, id);
    const target = new Uint8Array(1000);
    await file.read(target, 0);
    await file.read(new Uint8Array(100_000), 0);
    expect(file.read(target, 0)).toBeUndefined();
    vi.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValueOnce(100);
    expect(file.read(target, 0)).toBeUndefined();
    await expect(file.read(target, 0)).resolves.toBeUndefined();
    file.close();
  });

  it('reads a small file at once', async () => {
    const store = await createFsObjectStore({ root });
    const draft = await store.create();
    await draft.write(bytes.subarray(0, 200_000));
    const { id } = await draft.commit();
    const file = await openObject(store, id);
    expect(file.read(new Uint8Array(200_000), 0)).toBeUndefined();
    file.close();
  });

  it('fails a ping when its folder is missing', async () => {
    const store = await createFsObjectStore({ root });
    await rm(join(root, 'tmp'), { recursive: true });
    await expect(store.ping()).rejects.toThrow();
    await expect(store.create()).rejects.toThrow();
  });

  describe.each(['ENOSPC', 'EDQUOT', 'EFBIG'])('when the disk fails with %s', (code) => {
    it.each(['writev', 'sync'] as const)('to %s it reports that it is full', async (method) => {
      const store = await createFsObjectStore({ root });
      const draft = await store.create();
      const error = Object.assign(new Error(code), { code });
      vi.spyOn(await fileHandlePrototype(root), method).mockRejectedValue(error);
      const upload = async () => {
        await draft.write(bytes);
        await draft.readBack();
        await draft.commit();
      };
      await expect(upload()).rejects.toThrow(StorageFullError);
      await draft.discard();
      expect(await filesIn(root)).toEqual([]);
    });
  });

  it('stops a sender whose bytes it cannot write', async () => {
    const store = await createFsObjectStore({ root });
    const draft = await store.create();
    const error = Object.assign(new Error('full'), { code: 'ENOSPC' });
    vi.spyOn(await fileHandlePrototype(root), 'writev').mockRejectedValue(error);
    const endless = async () => {
      for (let chunk = 0; chunk < 1000; chunk++) await draft.write(new Uint8Array(64 * 1024));
    };
    await expect(endless()).rejects.toThrow(StorageFullError);
    await draft.discard();
  });

  it('writes every byte if the disk writes a part of each call', async () => {
    const { store } = await keep();
    const handles = await fileHandlePrototype(root);
    vi.spyOn(handles, 'writev').mockImplementation(async function (this: FileHandle, buffers) {
      const [first] = buffers;
      const length = Math.min(777, first?.byteLength ?? 0);
      const { bytesWritten } = await this.write(first ?? bytes, 0, length);
      return { bytesWritten, buffers };
    });
    const draft = await store.create();
    for (let at = 0; at < bytes.length; at += 1000)
      await draft.write(bytes.subarray(at, at + 1000));
    const { id, size, sha256 } = await draft.commit();
    expect(size).toBe(bytes.length);
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(await store.read(id, { start: 0, length: size })).not.toBeNull();
  });

  // First the sync of the file, then that of its folder.
  it.each([1, 2])('leaves nothing behind if sync %i of a commit fails', async (failing) => {
    const store = await createFsObjectStore({ root });
    const draft = await store.create();
    await draft.write(bytes);
    const handles = await fileHandlePrototype(root);
    const { sync } = handles;
    let calls = 0;
    vi.spyOn(handles, 'sync').mockImplementation(async function (this: FileHandle) {
      calls++;
      if (calls === failing) throw new Error('the disk is gone');
      await sync.call(this);
    });
    await expect(draft.commit()).rejects.toThrow('the disk is gone');
    await draft.discard();
    expect(await filesIn(root)).toEqual([]);
  });
});

async function openObject(store: ObjectStore, id: string): Promise<OpenFile> {
  const body = await store.read(id, { start: 0, length: 10 });
  const file = await body?.file?.open?.();
  if (file === undefined) throw new Error(`${id} cannot be opened`);
  return file;
}

/** The descriptors of this process for an object's file. */
async function openDescriptors(id: string): Promise<string[]> {
  const links = (await readdir('/proc/self/fd')).map((name) =>
    readlink(join('/proc/self/fd', name)).catch(() => ''),
  );
  return (await Promise.all(links)).filter((path) => path.includes(id));
}

/** Node does not export the class of its file handles. */
async function fileHandlePrototype(folder: string): Promise<FileHandle> {
  const handle = await open(folder, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as FileHandle;
}
