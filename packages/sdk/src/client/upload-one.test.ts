import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import {
  UploadError,
  type UploadErrorKind,
  type UploadOneOptions,
  type UploadProgress,
  type UploadResult,
  uploadOne,
  type Visibility,
} from './index.js';

const RESULT: UploadResult = {
  url: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
  displayUrl: 'https://cdn.example/my-app/abc123xyz0-photo.jpg',
  key: 'abc123xyz0-photo.jpg',
  name: 'abc123xyz0-photo.jpg',
  filename: 'photo.jpg',
  metadata: {},
  blurhash: 'L00000fQfQfQfQfQfQfQfQfQfQfQ',
  width: 4,
  height: 3,
  format: 'jpeg',
  masterFormat: 'jpeg',
  size: 5,
  visibility: 'public',
};
const file = new File(['bytes'], 'photo.jpg');
const base = { url: 'https://cdn.example', token: 'a.token' };

type Reply = () => Response | Promise<Response>;

/** A CDN that gives one answer after the other; the last one for ever. */
function answering(...replies: readonly Reply[]) {
  const waiting = [...replies];
  const last = replies.at(-1);
  const answer = vi.fn<typeof fetch>(async () => {
    const reply = waiting.shift() ?? last;
    if (reply === undefined) throw new Error('no reply');
    return reply();
  });
  vi.stubGlobal('fetch', answer);
  return answer;
}

/** The file in the form that was sent first, which has nothing else. */
function sentFile(sent: ReturnType<typeof answering>): File {
  const body = sent.mock.calls[0]?.[1]?.body;
  if (!(body instanceof FormData)) throw new Error('no form was sent');
  expect([...body.keys()]).toEqual(['file']);
  return body.get('file') as File;
}

const stored: Reply = () => Response.json(RESULT, { status: 201 });
const broken: Reply = () => Promise.reject(new TypeError('fetch failed'));
function refused(status: number, headers: Record<string, string> = {}): Reply {
  return () => Response.json({ message: `refused with ${status}` }, { status, headers });
}

/** What an upload that must fail fails with. */
function failure(options: Partial<UploadOneOptions> = {}): Promise<UploadError> {
  return uploadOne(file, { ...base, ...options }).then(
    () => {
      throw new Error('the upload succeeded');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(UploadError);
      return error as UploadError;
    },
  );
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe('uploadOne', () => {
  it('sends the form that the upload route expects, and returns its result', async () => {
    const sent = answering(stored);
    expect(await uploadOne(file, base)).toEqual(RESULT);
    const [url, init] = sent.mock.calls[0] ?? [];
    expect(url).toBe('https://cdn.example/v1/upload');
    expect(init).toMatchObject({ method: 'POST', headers: { 'X-Aura-Signature': 'a.token' } });
    expect(sentFile(sent).name).toBe('photo.jpg');
    expect(await sentFile(sent).text()).toBe('bytes');
  });

  it.each(['https://cdn.example/', 'https://cdn.example/v1/upload'])(
    'finds the upload route from %s',
    async (url) => {
      const sent = answering(stored);
      await uploadOne(file, { ...base, url });
      expect(sent.mock.calls[0]?.[0]).toBe('https://cdn.example/v1/upload');
    },
  );

  it.each([
    [new File(['x'], 'photo.jpg'), 'other.png', 'other.png'],
    [new Blob(['x']), 'other.png', 'other.png'],
    [new Blob(['x']), undefined, 'image'],
  ])('names the file', async (blob, filename, name) => {
    const sent = answering(stored);
    await uploadOne(blob, { ...base, filename });
    expect(sentFile(sent).name).toBe(name);
  });

  it.each<[string, Reply, UploadErrorKind]>([
    ['a broken connection', broken, 'network'],
    ['429', refused(429), 'rate_limited'],
    ['500', refused(500), 'server'],
    ['503', refused(503), 'server'],
    ['507', refused(507), 'server'],
  ])('tries again after %s, as often as it may', async (_, reply, kind) => {
    const sent = answering(reply);
    const failing = failure();
    await vi.runAllTimersAsync();
    expect(await failing).toMatchObject({ name: 'UploadError', kind, transient: true });
    expect(sent).toHaveBeenCalledTimes(4);
    const uploading = uploadOne(file, base);
    answering(reply, reply, reply, stored);
    await vi.runAllTimersAsync();
    expect(await uploading).toEqual(RESULT);
  });

  it.each([400, 401, 402, 403, 404, 408, 413, 415, 422])(
    'never retries after %i',
    async (status) => {
      const sent = answering(refused(status, { 'X-Aura-Error': 'some_code', 'Retry-After': '1' }));
      expect(await failure()).toMatchObject({
        kind: 'rejected',
        transient: false,
        status,
        code: 'some_code',
        message: `refused with ${status}`,
      });
      expect(sent).toHaveBeenCalledTimes(1);
    },
  );

  it.each([{ 'X-Aura-Error': 'draining' }, { 'X-Aura-Origin-State': 'draining' }])(
    'does not retry a server that answers %o',
    async (headers) => {
      const sent = answering(refused(503, { ...headers, 'Retry-After': '5' }));
      expect(await failure()).toMatchObject({
        kind: 'draining',
        transient: true,
        status: 503,
        retryAfterSeconds: 5,
      });
      expect(sent).toHaveBeenCalledTimes(1);
    },
  );

  it.each([
    () => new Response('<!doctype html>', { status: 200 }),
    () => new Response('<!doctype html>', { status: 201 }),
    () => Response.json(null, { status: 201 }),
    () => Response.json({ key: 'k' }, { status: 201 }),
    () => new Response(null, { status: 204 }),
  ])('takes no other answer for a success', async (reply) => {
    const sent = answering(reply);
    expect(await failure()).toMatchObject({ kind: 'unexpected', transient: false });
    expect(sent).toHaveBeenCalledTimes(1);
  });

  it('refuses a value that is not a file', async () => {
    const sent = answering(stored);
    for (const thing of ['text', null, undefined, {}]) {
      const uploading = uploadOne(thing as unknown as Blob, base);
      await expect(uploading).rejects.toMatchObject({ kind: 'unexpected' });
    }
    expect(sent).not.toHaveBeenCalled();
  });

  it('never shows the token in an error', async () => {
    answering(refused(401));
    const error = await failure({ token: 'secret.token' });
    expect(JSON.stringify(error) + error.message + String(error.stack)).not.toContain('secret');
  });

  it('has types', () => {
    expectTypeOf(uploadOne).returns.resolves.toEqualTypeOf<UploadResult>();
    expectTypeOf<UploadResult['visibility']>().toEqualTypeOf<Visibility>();
    expectTypeOf<UploadError['kind']>().toEqualTypeOf<UploadErrorKind>();
    expectTypeOf<{ url: string }>().not.toExtend<UploadOneOptions>();
    expectTypeOf<{ url: string; token: () => Promise<string> }>().toExtend<UploadOneOptions>();
    expectTypeOf<UploadProgress>().toHaveProperty('fraction').toEqualTypeOf<number>();
  });
});
