import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  UploadError,
  type UploadManyResult,
  type UploadOutcome,
  type UploadResult,
  uploadMany,
} from './index.js';

const base = { url: 'https://cdn.example', token: 'a.token', maxAttempts: 2 };
const files = (count: number) =>
  Array.from({ length: count }, (_, index) => new File(['bytes'], `${index}.jpg`));

type Reply = (name: string, attempt: number) => Response | Promise<Response>;

/** A CDN that answers by the name of the file, and how many uploads it had at once at most. */
function answering(reply: Reply) {
  const attempts = new Map<string, number>();
  const seen = { most: 0, now: 0, attempts };
  vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
    const { name } = (init.body as FormData).get('file') as File;
    const attempt = (attempts.get(name) ?? 0) + 1;
    attempts.set(name, attempt);
    seen.now++;
    seen.most = Math.max(seen.most, seen.now);
    await new Promise((resolve, reject) => {
      setTimeout(resolve, 10);
      init.signal?.addEventListener('abort', reject);
    }).finally(() => seen.now--);
    return reply(name, attempt);
  });
  return seen;
}

function stored(name: string): Response {
  return Response.json({ key: name, url: `https://cdn.example/my-app/${name}` }, { status: 201 });
}

async function run(uploading: Promise<UploadManyResult>): Promise<UploadManyResult> {
  await vi.runAllTimersAsync();
  return uploading;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('uploadMany', () => {
  it('puts each file into one of two maps, under its index', async () => {
    answering((name) => (name === '1.jpg' ? new Response('{}', { status: 415 }) : stored(name)));
    const { results, errors } = await run(uploadMany(files(3), base));
    expect([...results].map(([index, { key }]) => [index, key]).sort()).toEqual([
      [0, '0.jpg'],
      [2, '2.jpg'],
    ]);
    expect([...errors].map(([index, { kind }]) => [index, kind])).toEqual([[1, 'rejected']]);
    expectTypeOf(results).toEqualTypeOf<ReadonlyMap<number, UploadResult>>();
    expectTypeOf(errors).toEqualTypeOf<ReadonlyMap<number, UploadError>>();
  });

  it('accepts the same file twice, any iterable, and none', async () => {
    answering(stored);
    const [file] = files(1) as [File];
    expect((await run(uploadMany([file, file], base))).results.size).toBe(2);
    expect((await run(uploadMany(new Set([file]), base))).results.size).toBe(1);
    expect(await uploadMany([], base)).toEqual({ results: new Map(), errors: new Map() });
  });

  it.each([
    [undefined, 8],
    [3, 3],
    [1, 1],
    [0, 1],
    [Number.NaN, 1],
    [2.5, 2],
  ])('with the concurrency %s has %i under way at once', async (concurrency, most) => {
    const seen = answering(stored);
    const options = concurrency === undefined ? base : { ...base, concurrency };
    expect((await run(uploadMany(files(20), options))).results.size).toBe(20);
    expect(seen.most).toBe(most);
  });

  it('retries transient failures once at the end, two at a time', async () => {
    let rest = 0;
    const seen = answering((name, attempt) => {
      if (attempt > 2) rest = Math.max(rest, seen.now + 1);
      return attempt > 2 ? stored(name) : new Response('', { status: 503 });
    });
    const { results, errors } = await run(uploadMany(files(10), base));
    expect([results.size, errors.size]).toEqual([10, 0]);
    expect(rest).toBe(2);
  });

  it('retries on a server that was shutting down, not before Retry-After', async () => {
    const headers = { 'X-Aura-Error': 'draining', 'Retry-After': '5' };
    const seen = answering((name, attempt) =>
      attempt === 1 ? new Response('{}', { status: 503, headers }) : stored(name),
    );
    const uploading = uploadMany(files(1), base);
    await vi.advanceTimersByTimeAsync(4900);
    expect(seen.attempts.get('0.jpg')).toBe(1);
    expect((await run(uploading)).results.size).toBe(1);
  });

  it('does not retry permanent failures, nor those with a Retry-After that is too long', async () => {
    const seen = answering((name) =>
      name === '0.jpg'
        ? new Response('{}', { status: 422 })
        : new Response('{}', { status: 429, headers: { 'Retry-After': '3600' } }),
    );
    const { errors } = await run(uploadMany(files(2), base));
    expect([...errors.values()].map(({ kind }) => kind).sort()).toEqual([
      'rate_limited',
      'rejected',
    ]);
    expect([...seen.attempts.values()]).toEqual([1, 1]);
  });

  it('reports each outcome once, and the progress of each file', async () => {
    answering((name, attempt) =>
      name === '1.jpg' || attempt === 1 ? new Response('', { status: 500 }) : stored(name),
    );
    const list = files(3);
    const ends: [number, boolean][] = [];
    const complete = new Set<number>();
    await run(
      uploadMany(list, {
        ...base,
        onItemSettled: (outcome: UploadOutcome, index, file) => {
          expect(file).toBe(list[index]);
          ends.push([index, outcome.ok]);
        },
        onItemProgress: ({ fraction }, index) => {
          if (fraction === 1) complete.add(index);
        },
      }),
    );
    expect(ends.sort()).toEqual([
      [0, true],
      [1, false],
      [2, true],
    ]);
    expect([...complete].sort()).toEqual([0, 2]);
  });

  it('puts the remaining files into errors when aborted', async () => {
    answering(stored);
    const leaving = new AbortController();
    const uploading = uploadMany(files(20), { ...base, signal: leaving.signal, concurrency: 4 });
    await vi.advanceTimersByTimeAsync(25);
    leaving.abort();
    const { results, errors } = await uploading;
    expect([results.size, errors.size]).toEqual([8, 12]);
    expect(new Set([...errors.values()].map(({ kind }) => kind))).toEqual(new Set(['aborted']));
  });

  it('never rejects, whatever the callbacks do', async () => {
    answering(stored);
    const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
    const fail = () => {
      throw new Error('in the page');
    };
    const list = [...files(2), 'no file' as unknown as Blob];
    const hooks = { onItemProgress: fail, onItemSettled: fail };
    const hooked = await run(uploadMany(list, { ...base, ...hooks }));
    expect([hooked.results.size, hooked.errors.size]).toEqual([2, 1]);
    expect(reported).toHaveBeenCalled();
    const named = await run(uploadMany(list, { ...base, filename: fail }));
    expect([named.results.size, named.errors.size]).toEqual([0, 3]);
    for (const error of named.errors.values()) expect(error).toBeInstanceOf(UploadError);
  });
});
