import type { DeletedImage, NewAuditEntry } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryRegistry } from '../testing/memory-registry.js';
import { createDeletionJob } from './deletion-job.js';
import { createProject } from './rules.js';

const ENTRY: NewAuditEntry = {
  accountId: 'account',
  actor: { kind: 'system', name: 'test' },
  action: 'project.deleted',
  project: null,
  target: null,
  details: {},
  address: '',
};

describe('the deletion job', () => {
  let registry: ReturnType<typeof createMemoryRegistry>;
  let removed: string[];
  let failures: unknown[];
  let controller: AbortController;
  let removeBytes: (image: DeletedImage) => Promise<void>;

  beforeEach(() => {
    vi.useFakeTimers();
    registry = createMemoryRegistry(Date.now);
    removed = [];
    failures = [];
    controller = new AbortController();
    removeBytes = async ({ project, key }) => {
      removed.push(`${project}/${key}`);
    };
  });
  afterEach(() => vi.useRealTimers());

  const begin = async (name: string, images: number) => {
    const project = await createProject(
      registry,
      { accountId: 'account', name, quotaBytes: null },
      ENTRY,
    );
    registry.addImages(name, images);
    await registry.beginDeletion(project.id, project.accountId, ENTRY);
  };
  const start = (once?: 'once') => {
    const ports = {
      registry,
      removeBytes: (image: DeletedImage) => removeBytes(image),
      clock: { now: Date.now },
    };
    const job = createDeletionJob(ports, (failure) => failures.push(failure));
    return { job, ended: job.run(controller.signal, once) };
  };
  const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);
  const progress = async () =>
    (await registry.listDeletions('account', 0)).map(({ projectName, removed, finishedAt }) => [
      projectName,
      removed,
      finishedAt !== null,
    ]);

  it('ends when nothing is left to do, if it runs once', async () => {
    await begin('large', 250);
    const { ended } = start('once');
    await pass(0);
    await ended;
    expect(removed).toHaveLength(250);
    expect(await progress()).toEqual([['large', 250, true]]);
  });

  it('removes every image and finishes the deletions', async () => {
    await begin('large', 450);
    await begin('empty', 0);
    start();
    await pass(0);
    expect(new Set(removed).size).toBe(450);
    expect(removed).toHaveLength(450);
    expect(await progress()).toEqual([
      ['large', 450, true],
      ['empty', 0, true],
    ]);
    expect(await registry.isNameTaken('large')).toBe(false);
  });

  it('starts when it is woken', async () => {
    const { job } = start();
    await pass(0);
    await begin('my-app', 3);
    job.wake();
    await pass(0);
    expect(await progress()).toEqual([['my-app', 3, true]]);
  });

  it('looks again when it is woken during a search', async () => {
    const { job } = start();
    const open = vi.spyOn(registry, 'unfinishedDeletions').mockImplementationOnce(async () => {
      await begin('my-app', 3);
      job.wake();
      return [];
    });
    await pass(60_000);
    expect(open.mock.calls.length).toBeGreaterThan(1);
    expect(await progress()).toEqual([['my-app', 3, true]]);
  });

  it('finds the deletions of other processes within a minute', async () => {
    start();
    await pass(0);
    await begin('my-app', 3);
    await pass(59_000);
    expect(removed).toEqual([]);
    await pass(1000);
    expect(await progress()).toEqual([['my-app', 3, true]]);
  });

  it('removes the bytes of an image before its row', async () => {
    await begin('my-app', 20);
    removeBytes = async ({ key }) => {
      const left = await registry.listDeletionImages(
        (await registry.unfinishedDeletions())[0]?.id ?? '',
        99,
      );
      expect(left.some((image) => image.key === key)).toBe(true);
      removed.push(key);
    };
    start();
    await pass(0);
    expect(removed).toHaveLength(20);
    expect(failures).toEqual([]);
  });

  it('continues after a crash', async () => {
    await begin('my-app', 300);
    let left = 250;
    removeBytes = async ({ key }) => {
      if (left-- <= 0) return new Promise<never>(() => {}); // the process has crashed
      removed.push(key);
    };
    start();
    await pass(0);
    expect(await progress()).toEqual([['my-app', 200, false]]);
    removeBytes = async ({ key }) => {
      removed.push(key);
    };
    start();
    await pass(0);
    expect(new Set(removed).size).toBe(300);
    expect(await progress()).toEqual([['my-app', 300, true]]);
  });

  it('retries failures with backoff and keeps its progress', async () => {
    await begin('my-app', 10);
    let broken = true;
    removeBytes = async ({ key }) => {
      if (broken && key === '5.jpg') throw new Error('the store does not answer');
      removed.push(key);
    };
    start();
    await pass(0);
    expect(await progress()).toEqual([['my-app', 9, false]]);
    expect(failures).toEqual([new Error('the store does not answer')]);
    await pass(1000 + 2000 + 4000);
    expect(failures).toHaveLength(4);
    await pass(3_600_000);
    expect(failures.length).toBeLessThan(4 + 65);
    broken = false;
    await pass(60_000);
    expect(await progress()).toEqual([['my-app', 10, true]]);
    expect(removed).toHaveLength(10);
  });

  it('is not delayed by a deletion that fails', async () => {
    await begin('broken', 5);
    await begin('whole', 500);
    removeBytes = async ({ project, key }) => {
      if (project === 'broken') throw new Error('no');
      removed.push(key);
    };
    start();
    await pass(0);
    expect(await progress()).toEqual([
      ['broken', 0, false],
      ['whole', 500, true],
    ]);
  });

  it('survives a database that does not answer', async () => {
    await begin('my-app', 5);
    const open = vi
      .spyOn(registry, 'unfinishedDeletions')
      .mockRejectedValue(new Error('unavailable'));
    start();
    await pass(5000);
    expect(failures.length).toBeGreaterThan(1);
    expect(failures.length).toBeLessThan(6);
    open.mockRestore();
    await pass(60_000);
    expect(await progress()).toEqual([['my-app', 5, true]]);
  });

  it('stays idle when another process has finished a deletion that failed here', async () => {
    await begin('my-app', 1);
    removeBytes = async () => {
      throw new Error('no');
    };
    start();
    await pass(0);
    const [deletion] = await registry.unfinishedDeletions();
    await registry.finishDeletion(deletion?.id ?? '');
    const open = vi.spyOn(registry, 'unfinishedDeletions');
    await pass(600_000);
    expect(open.mock.calls.length).toBeLessThan(15);
  });

  it('stops on abort, idle or busy, and keeps its progress', async () => {
    const idle = start();
    await pass(0);
    controller.abort();
    await idle.ended;
    controller = new AbortController();
    await begin('my-app', 1000);
    removeBytes = async ({ key }) => {
      removed.push(key);
      controller.abort();
    };
    await start().ended;
    expect(removed.length).toBeGreaterThan(0);
    expect(removed.length).toBeLessThan(20);
    expect(await progress()).toEqual([['my-app', removed.length, false]]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
