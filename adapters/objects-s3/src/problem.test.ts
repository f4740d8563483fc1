import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageFullError, StorageUnavailableError } from '@auraimage/ports';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { parseS3Location } from './location.js';
import { openS3Stores, type S3StoresOptions } from './stores.js';
import { startFake } from './testing/fake-store.js';

const { endpoint, accessKeyId, secretAccessKey } = inject('s3');
const credentials = { accessKeyId, secretAccessKey };

let spoolFolder: string;
let away: unknown[];

beforeEach(async () => {
  spoolFolder = await mkdtemp(join(tmpdir(), 'aura-spool-'));
  away = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(spoolFolder, { recursive: true });
});

async function open(text: string, options: Partial<S3StoresOptions> = {}) {
  return openS3Stores({
    location: parseS3Location(text),
    credentials,
    spoolFolder,
    answerMs: 20_000,
    onAway: (problem) => away.push(problem),
    ...options,
  });
}

/** The error that opening the store rejects with. */
async function problemOf(text: string, options: Partial<S3StoresOptions> = {}): Promise<Error> {
  const opened = open(text, options);
  const problem = await opened.then(() => null).catch((error: Error) => error);
  if (problem === null) throw new Error('it opened');
  return problem;
}

describe('a real store', () => {
  const unmade = `s3://never-made?endpoint=${endpoint}`;

  it.each([
    ['an unknown key', { accessKeyId: 'nobody', secretAccessKey }, 'set AWS_ACCESS_KEY_ID'],
    ['a wrong secret', { accessKeyId, secretAccessKey: 'no' }, 'set AWS_SECRET_ACCESS_KEY'],
  ])('reports %s', async (_, wrong, message) => {
    const problem = await problemOf(unmade, { credentials: wrong });
    expect(problem).toBeInstanceOf(StorageUnavailableError);
    expect(problem.message).toContain(message);
  });

  it('reports a missing bucket, creates it if allowed, and finds it afterwards', async () => {
    const place = `s3://made-${Date.now()}?endpoint=${endpoint}`;
    expect((await problemOf(place)).message).toContain('add create=true');
    const servers = Array.from({ length: 4 }, () => open(`${place}&create=true`));
    for (const { close } of await Promise.all(servers)) await close();
    await (await open(place)).close();
  });

  it.each([-60, 60])('reports by how much the clock is wrong: %i minutes', async (minutes) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
    const { message } = await problemOf(unmade);
    expect(message).toMatch(new RegExp(`clock of this machine .* by ${minutes} minutes`));
  });
});

describe('a fake store', () => {
  const code = (name: string, more = '') => `<Error><Code>${name}</Code>${more}</Error>`;

  it('gets a retry if that may help, and retries are counted', async () => {
    let asked = 0;
    const fake = await startFake((_, outgoing) => {
      asked++;
      outgoing.writeHead(503).end(code('SlowDown'));
    });
    const { retries, close } = await open(`s3://pictures?endpoint=${fake.endpoint}`, {
      answerMs: 500,
    });
    await close();
    await fake.stop();
    expect(asked).toBeGreaterThan(1);
    expect(retries()).toBe(asked - 1);
  });

  it.each([
    [
      400,
      code('AuthorizationHeaderMalformed', '<Region>eu-west-3</Region>'),
      'set region=eu-west-3',
    ],
    [400, code('AuthorizationHeaderMalformed'), 'set region in AURA_STORAGE'],
    [301, code('PermanentRedirect'), 'set region=ap-south-1'],
    [400, code('ExpiredToken'), 'The session token has expired'],
    [403, code('InvalidToken'), 'set AWS_SESSION_TOKEN'],
    [403, code('AccessDenied'), 'allow the key to list, read, write and delete'],
    [403, '', 'allow the key to list, read, write and delete'],
    [403, code('constructor'), 'allow the key to list, read, write and delete'],
    [404, '<html>Not found</html>', 'is not an S3 store'],
    [400, 'not XML at all <', 'is not an S3 store'],
    [200, '<html>Welcome</html>', 'is not an S3 store'],
    [501, code('NotImplemented'), 'is unavailable (501)'],
  ])('%i %s is explained', async (status, body, message) => {
    const fake = await startFake((_, outgoing) => {
      outgoing.writeHead(status, {
        'Content-Length': Buffer.byteLength(body),
        'x-amz-bucket-region': status === 301 ? 'ap-south-1' : '',
      });
      outgoing.end(body);
    });
    const problem = await problemOf(`s3://pictures?endpoint=${fake.endpoint}`);
    await fake.stop();
    expect(problem).toBeInstanceOf(StorageUnavailableError);
    expect(problem.message).toContain(message);
    expect(away).toEqual([]);
  });

  it.each([
    [403, 'QuotaExceeded'],
    [507, 'XMinioStorageFull'],
  ])('%i %s is full', async (status, name) => {
    const fake = await startFake((_, outgoing) => {
      outgoing.writeHead(status);
      outgoing.end(code(name));
    });
    expect(await problemOf(`s3://pictures?endpoint=${fake.endpoint}`)).toBeInstanceOf(
      StorageFullError,
    );
    await fake.stop();
  });

  it.each([
    ['a bucket’s host name', 'http://no-such-host.invalid', 'host name of the endpoint'],
    ['a server without TLS', endpoint.replace('http:', 'https:'), 'does not use TLS'],
  ])('is not %s', async (_, address, message) => {
    const text = `s3://pictures?endpoint=${address}`;
    const problem = await open(text, { answerMs: 500 }).then(
      async ({ close }) => {
        await close();
        return away[0];
      },
      (error: unknown) => error,
    );
    expect(problem).toBeInstanceOf(StorageUnavailableError);
    expect(String(problem)).toContain(message);
  });
});
