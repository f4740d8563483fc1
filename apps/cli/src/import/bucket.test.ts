import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FakeAnswer,
  type FakeServer,
  type Received,
  startFakeServer,
} from '../testing/fake-server.js';
import { createImportDesk, gif, type ImportDesk } from '../testing/import-desk.js';

let desk: ImportDesk;
beforeEach(async () => {
  desk = await createImportDesk();
});
afterEach(() => desk.close());

describe('aura import of a bucket', () => {
  let store: FakeServer;
  let objects: Record<string, FakeAnswer>;
  let refused: FakeAnswer | undefined;
  beforeEach(async () => {
    objects = {};
    refused = undefined;
    const answer = ({ path, headers }: Received): FakeAnswer => {
      if (!String(headers.authorization).includes('Credential=AKIA/')) return { status: 403 };
      if (refused !== undefined) return refused;
      const { pathname, searchParams } = new URL(path, 'http://x');
      if (pathname !== '/bucket')
        return objects[decodeURIComponent(pathname.slice(8))] ?? { status: 404 };
      const prefix = searchParams.get('prefix') ?? '';
      const from = searchParams.get('continuation-token') ?? searchParams.get('start-after') ?? '';
      const keys = Object.keys(objects).filter((key) => key.startsWith(prefix) && key > from);
      return { body: listed(keys.slice(0, 2), keys.length > 2) };
    };
    store = await startFakeServer(
      new Proxy({}, { get: () => answer }) as Record<string, typeof answer>,
    );
    desk.env = {
      AWS_ENDPOINT_URL: store.url,
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 's',
    };
  });
  afterEach(() => store.close());

  const listed = (keys: string[], isTruncated: boolean) =>
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${keys
      .map(
        (key) =>
          `<Contents><Key>${encodeURIComponent(key).replaceAll('%20', '+')}</Key><Size>9</Size></Contents>`,
      )
      .join('')}<NextContinuationToken>${keys.at(-1)}</NextContinuationToken></ListBucketResult>`;
  const problem = (status: number, code: string): FakeAnswer => ({
    status,
    body: `<Error><Code>${code}</Code></Error>`,
  });
  const importBucket = (...argv: string[]) => desk.importing('s3://bucket/up', ...argv);
  const listings = () => store.received.filter(({ path }) => path.startsWith('/bucket?'));

  it('takes the objects below the prefix, page by page, and continues behind the last one', async () => {
    objects = {
      'other.gif': { body: gif('0') },
      'up/': { body: '' },
      'up/a b+ü.gif': { body: gif('1') },
      'up/closed.gif': problem(403, 'AccessDenied'),
      'up/log.txt': { body: 'text' },
      'up/plain': { body: gif('2') },
      'up/text': { body: 'text' },
    };
    const { exit, short } = await importBucket();
    expect([exit, short]).toEqual([
      1,
      [
        'a b+ü.gif imported a-b-u',
        'closed.gif refused source_forbidden',
        'log.txt skipped not_an_image',
        'plain imported plain',
        'text skipped not_an_image',
      ],
    ]);
    const path = join(desk.cwd, 'r.jsonl');
    const kept = (await readFile(path, 'utf8')).split('\n').slice(0, 4).join('\n');
    await writeFile(path, `${kept}\n`);
    const before = listings().length;
    expect((await importBucket()).short).toEqual([
      'plain existing plain',
      'text skipped not_an_image',
    ]);
    const paths = listings()
      .slice(before)
      .map(({ path }) => path);
    expect(paths.some((path) => path.includes('start-after=up%2Flog.txt'))).toBe(true);
  });

  it('ends where the bucket or the keys are the problem', async () => {
    objects = { 'up/1.gif': { body: gif('1') }, 'up/2.gif': problem(400, 'ExpiredToken') };
    const expired = await importBucket();
    expect([expired.exit, expired.short]).toEqual([1, ['1.gif imported 1']]);
    expect(expired.err).toContain('ExpiredToken');
    refused = {
      ...problem(301, 'PermanentRedirect'),
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
    };
    expect((await importBucket()).err).toContain('Set AWS_REGION=eu-west-1');
    refused = { status: 200, body: '<html>Welcome</html>' };
    expect((await importBucket()).err).toContain('not as a bucket does');
    refused = { body: listed(['up/2.gif', 'up/1.gif'], false) };
    expect((await importBucket('--report', 's.jsonl')).err).toContain('in the order of their keys');
  });

  it('reads keys, region and endpoint of a profile', async () => {
    objects = { 'up/1.gif': { body: gif('1') } };
    const aws = join(desk.home, '.aws');
    await mkdir(aws);
    await writeFile(
      join(aws, 'config'),
      `[profile old]\nregion = eu-west-1\nendpoint_url = ${store.url}\n`,
    );
    await writeFile(
      join(aws, 'credentials'),
      '[old]\naws_access_key_id = AKIA\naws_secret_access_key = s\n',
    );
    desk.env = { AWS_PROFILE: 'old' };
    expect((await importBucket()).short).toEqual(['1.gif imported 1']);
    expect(listings()[0]?.headers.authorization).toContain('/eu-west-1/s3/');
    desk.env = { AWS_PROFILE: 'new' };
    expect((await importBucket()).err).toContain('no profile "new"');
  });
});
