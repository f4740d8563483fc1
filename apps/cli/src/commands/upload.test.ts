import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type FakeAnswer,
  type FakeServer,
  type Received,
  refusal,
  startFakeServer,
} from '../testing/fake-server.js';
import { createSandbox, type Sandbox } from '../testing/run-aura.js';

const env = { AURA_TOKEN: 'aura_cli_kim', AURA_PROJECT: 'my-app' };

let server: FakeServer;
let sandbox: Sandbox;
/** The server's images, by SHA-256 and visibility. */
let stored: Map<string, { key: string; visibility: string; size: number }>;
/** Responses to uploads by file name, instead of storing them. */
let answers: Map<string, (request: Received) => FakeAnswer>;
/** The names in the signed upload tokens, with `!` if they may overwrite. */
let signedNames: string[];

beforeEach(async () => {
  stored = new Map();
  answers = new Map();
  signedNames = [];
  server = await startFakeServer({
    'GET /v1/projects/my-app/images': ({ path }) => {
      const query = new URL(path, 'http://x').searchParams;
      const found = stored.get(`${query.get('sha256')} ${query.get('visibility')}`);
      return { body: { images: found === undefined ? [] : [found], folders: [], cursor: null } };
    },
    'POST /v1/sign': ({ body }) => {
      const { visibility, name = '', overwrite = false } = JSON.parse(body);
      signedNames.push(`${name}${overwrite ? '!' : ''}`);
      return { body: { signature: visibility } };
    },
    'POST /v1/upload': (request) => {
      const [, filename = '', content = ''] =
        /filename="([^"]*)"[\s\S]*?\r\n\r\n([\s\S]*?)\r\n--/.exec(request.body) ?? [];
      const own = answers.get(filename);
      if (own !== undefined) return own(request);
      const visibility = String(request.headers['x-aura-signature']);
      const sha256 = createHash('sha256').update(content, 'latin1').digest('hex');
      const key = `abc123xyz${stored.size}-${filename}`;
      const url = `http://x/${key}`;
      const displayUrl = key.endsWith('.heic') ? `${url}?fmt=auto` : url;
      const image = { key, url, displayUrl, visibility, size: content.length };
      stored.set(`${sha256} ${visibility}`, image);
      return { status: 201, body: image };
    },
  });
  sandbox = await createSandbox(server.url);
});
afterEach(async () => {
  await server.close();
  await sandbox.remove();
});

async function files(contents: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(contents)) {
    await mkdir(join(sandbox.cwd, name, '..'), { recursive: true });
    await writeFile(join(sandbox.cwd, name), content);
  }
}

async function upload(...argv: string[]) {
  const run = await sandbox.run(['upload', '--json', ...argv], { env });
  const lines = run.out.split('\n').filter((line) => line !== '');
  return { ...run, outcomes: lines.map((line) => JSON.parse(line)) };
}

function sent(): number {
  return server.received.filter(({ path }) => path === '/v1/upload').length;
}

describe('names', () => {
  const tree = { 'photos/a b.jpg': 'one', 'photos/Größe/灯泡.png': 'two' };

  it.each([
    [
      ['--prefix', 'trips/2026'],
      ['trips/2026/Dengpao', 'trips/2026/a-b'],
    ],
    [
      ['--prefix', 'trips/', '--keep-paths'],
      ['trips/Grosse/DengPao', 'trips/a-b'],
    ],
    [
      ['--keep-paths', '--overwrite'],
      ['Grosse/DengPao!', 'a-b!'],
    ],
    [[], ['']],
  ])('are made of paths with %j', async (flags, expected) => {
    await files(tree);
    expect((await upload('photos', ...flags)).exit).toBe(0);
    expect(signedNames.map((name) => name.toLowerCase()).toSorted()).toEqual(
      expected.map((name) => name.toLowerCase()).toSorted(),
    );
  });

  it('that are taken fail, and the others go on', async () => {
    await files(tree);
    answers.set('a b.jpg', () => refusal(409, 'name_taken'));
    const { exit, outcomes } = await upload('photos', '--prefix', 'x');
    expect(exit).toBe(1);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['failed', 'uploaded']);
  });

  it('need a folder that names can begin with', async () => {
    await files(tree);
    expect((await upload('photos', '--prefix', '../x')).exit).toBe(2);
    expect((await upload('photos', '--overwrite')).exit).toBe(2);
  });
});

/** The first bytes of a JPEG, with what makes it different from others. */
const jpeg = (content: string) => Buffer.from(`\xff\xd8\xff\xe0${content}`, 'latin1');

describe('aura upload -', () => {
  const pipe = async (input: Iterable<Buffer>, ...argv: string[]) => {
    const run = await sandbox.run(['upload', '--json', '-', ...argv], { env, input });
    return { ...run, outcome: run.out === '' ? null : JSON.parse(run.out) };
  };

  it('uploads standard input under a name, whose last piece is the file name', async () => {
    const flags = ['--name', 'users/42/avatar', '--overwrite', '--private'];
    const { exit, outcome } = await pipe([jpeg('a'), Buffer.from('bc')], ...flags);
    expect(exit).toBe(0);
    expect(outcome).toMatchObject({ file: '-', status: 'uploaded', size: 7 });
    expect(signedNames).toEqual(['users/42/avatar!']);
    expect(server.received.at(-1)?.body).toContain('filename="avatar"');
    expect(outcome.visibility).toBe('private');
  });

  it('uploads it under a generated key without a name, once', async () => {
    expect((await pipe([jpeg('a')])).outcome).toMatchObject({ status: 'uploaded' });
    expect((await pipe([jpeg('a')])).outcome).toMatchObject({ status: 'skipped' });
    expect(sent()).toBe(1);
  });

  it.each<[string, () => Iterable<Buffer>, number, RegExp]>([
    ['nothing', () => [], 1, /is empty.*\(input_empty\)/],
    ['text', () => [Buffer.from('hello\n')], 1, /not an image.*\(type_not_allowed\)/],
    ['an endless stream of zeros', zeros, 1, /not an image.*\(type_not_allowed\)/],
  ])('refuses %s before it signs an upload', async (_what, input, exit, words) => {
    const run = await pipe(input());
    expect(run.exit).toBe(exit);
    expect(run.err).toMatch(words);
    expect(server.received).toEqual([]);
  });

  it('leaves no temporary file behind', async () => {
    vi.stubEnv('TMPDIR', sandbox.home);
    await pipe([jpeg('a')]);
    await pipe([]);
    vi.unstubAllEnvs();
    expect(await readdir(sandbox.home)).toEqual([]);
  });

  it('says what the server refused', async () => {
    answers.set('image', () => refusal(422, 'image_not_decodable'));
    const { exit, outcome } = await pipe([jpeg('a')]);
    expect(exit).toBe(1);
    expect(outcome).toMatchObject({ status: 'failed', error: { code: 'image_not_decodable' } });
  });

  it.each([
    [['-', 'a.jpg'], 'alone'],
    [['-', '--prefix', 'x'], '--name'],
    [['-', '--name', '../x'], 'letters'],
    [['a.jpg', '--name', 'x', '--prefix', 'y'], 'not both'],
    [['.', '--name', 'x'], '--prefix'],
  ])('refuses %j', async (argv, words) => {
    await files({ 'a.jpg': 'A', 'b.jpg': 'B' });
    const { exit, err } = await sandbox.run(['upload', ...argv], { env, input: [jpeg('a')] });
    expect(exit).toBe(2);
    expect(err).toContain(words);
    expect(sent()).toBe(0);
  });

  it('does not wait for a terminal', async () => {
    const { exit, err } = await sandbox.run(['upload', '-'], { env, terminal: true });
    expect(exit).toBe(2);
    expect(err).toContain('cat photo.jpg | aura upload -');
  });
});

function* zeros(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(1024);
}

describe('aura upload', () => {
  it('gives one file the name of --name', async () => {
    await files({ 'a.jpg': 'A' });
    expect((await upload('a.jpg', '--name', 'blog/hero.jpg')).exit).toBe(0);
    expect(signedNames).toEqual(['blog/hero']);
  });

  it('uploads the images of a folder and its subfolders, as private with --private', async () => {
    await files({
      'photos/a.jpg': 'A',
      'photos/deep/b.PNG': 'B',
      'photos/notes.txt': 'no image',
      'photos/.hidden.jpg': 'hidden',
      'photos/.git/c.jpg': 'of a tool',
      'photos/node_modules/d.jpg': 'of a tool',
    });
    const { exit, outcomes, err } = await upload('photos', '--private');
    expect(exit).toBe(0);
    expect(outcomes.map(({ file }) => file).sort()).toEqual(['photos/a.jpg', 'photos/deep/b.PNG']);
    expect(outcomes[0]).toMatchObject({ status: 'uploaded', visibility: 'private', size: 1 });
    expect(err).toContain('2 uploaded, 0 already there, 0 failed');
    const [signing] = server.received.filter(({ path }) => path === '/v1/sign');
    expect(JSON.parse(signing?.body ?? '')).toMatchObject({
      projectName: 'my-app',
      visibility: 'private',
      allowedTypes: ['image/*'],
    });
  });

  it('sends the CLI token only to the API, never with a file', async () => {
    await files({ 'a.jpg': 'A' });
    await upload('a.jpg');
    const [request] = server.received.filter(({ path }) => path === '/v1/upload');
    expect(request?.headers.authorization).toBeUndefined();
    expect(request?.headers['x-aura-signature']).toBe('public');
  });

  it('accepts every file extension with --all, and every named file', async () => {
    await files({ 'photos/a.bin': 'A', 'photos/b.jpg': 'B' });
    expect((await upload('photos', '--all')).outcomes).toHaveLength(2);
    expect((await upload('photos/a.bin')).outcomes).toMatchObject([{ status: 'skipped' }]);
  });

  it('resumes: it does not upload existing images again', async () => {
    await files({ 'a.jpg': 'A', 'b.jpg': 'B', 'twin.jpg': 'A' });
    const first = await upload('.', '--concurrency', '4');
    expect(first.outcomes.map(({ status }) => status).sort()).toEqual([
      'skipped',
      'uploaded',
      'uploaded',
    ]);
    expect(sent()).toBe(2);
    const { exit, outcomes } = await upload('.');
    expect(exit).toBe(0);
    expect(outcomes.every(({ status, key }) => status === 'skipped' && key)).toBe(true);
    expect(sent()).toBe(2);
  });

  it('does not accept a public copy as the requested private image', async () => {
    await files({ 'a.jpg': 'A' });
    await upload('a.jpg');
    const { outcomes } = await upload('a.jpg', '--private');
    expect(outcomes).toMatchObject([{ status: 'uploaded', visibility: 'private' }]);
  });

  it('continues after a failed file, and ends with code 1', async () => {
    await files({ 'a.jpg': 'A', 'broken.jpg': 'X', 'c.jpg': 'C' });
    answers.set('broken.jpg', () => refusal(422, 'image_not_decodable'));
    const { exit, outcomes, err } = await upload('.', 'missing.jpg');
    expect(exit).toBe(1);
    const failed = outcomes.filter(({ status }) => status === 'failed');
    expect(failed.map(({ file, error }) => [file, error.code])).toEqual([
      ['missing.jpg', 'file_not_found'],
      ['broken.jpg', 'image_not_decodable'],
    ]);
    expect(err).toContain('2 uploaded, 0 already there, 2 failed');
  });

  it('stops if every file would fail, and counts the files that it did not try', async () => {
    await files({ 'a.jpg': 'A', 'b.jpg': 'B', 'c.jpg': 'C' });
    answers.set('a.jpg', () => refusal(401, 'upload_token_invalid'));
    const { exit, err } = await upload('.', '--concurrency', '1');
    expect(exit).toBe(3);
    expect(err).toContain('3 not tried');
    expect(sent()).toBe(1);
  });

  it('waits after a 429', async () => {
    await files({ 'a.jpg': 'A' });
    answers.set('a.jpg', () => {
      answers.delete('a.jpg');
      return { ...refusal(429, 'rate_limited'), headers: { 'Retry-After': '0' } };
    });
    expect((await upload('a.jpg')).outcomes).toMatchObject([{ status: 'uploaded' }]);
    expect(sent()).toBe(2);
  });

  it('does not follow symbolic links', async () => {
    await files({ 'outside/secret.jpg': 'S', 'photos/a.jpg': 'A' });
    await symlink('../outside', join(sandbox.cwd, 'photos/folder'));
    await symlink('../outside/secret.jpg', join(sandbox.cwd, 'photos/file.jpg'));
    const { outcomes, err } = await upload('photos');
    expect(outcomes).toMatchObject([{ file: 'photos/a.jpg' }]);
    expect(err).toContain('2 symbolic links not followed');
    const named = await upload('photos/file.jpg');
    expect(named.exit).toBe(1);
    expect(named.outcomes).toMatchObject([{ status: 'failed', error: { code: 'not_a_file' } }]);
  });

  it('uploads nothing in a dry run', async () => {
    await files({ 'a.jpg': 'A', 'b.jpg': 'B' });
    await upload('a.jpg');
    const { exit, outcomes, err } = await upload('.', '--dry-run');
    expect(exit).toBe(0);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['planned', 'skipped']);
    expect(err).toContain('1 would be uploaded');
    expect(sent()).toBe(1);
  });

  it('reports that there was nothing to do', async () => {
    await files({ 'notes.txt': 'no image' });
    const { exit, err } = await upload('.');
    expect(exit).toBe(1);
    expect(err).toContain('no image to upload');
  });

  it('prints text for people without --json', async () => {
    await files({ 'a\u001b[2J.jpg': 'A' });
    const { out } = await sandbox.run(['upload', '.'], { env });
    expect(out).toMatch(
      /^uploaded {2}a\ufffd\[2J\.jpg {2}→ {2}abc123xyz0-\S+ {2}\(public, 1 bytes\)\n$/,
    );
  });

  it('says where browsers show a file that they do not show as it is', async () => {
    await files({ 'a.heic': 'A' });
    const { out } = await sandbox.run(['upload', '.'], { env });
    expect(out).toMatch(/\(public, 1 bytes\)\n {10}shown at http:\/\/x\/\S+\.heic\?fmt=auto\n$/);
    expect((await upload('.')).outcomes[0].displayUrl).toMatch(/\?fmt=auto$/);
  });

  describe('--receipt', () => {
    beforeEach(() =>
      answers.set('a.jpg', () => ({
        status: 201,
        body: { key: 'k', url: 'http://x/k', visibility: 'public', size: 1, receipt: 'a.b.c' },
      })),
    );
    const receipt = () => readFile(join(sandbox.cwd, 'r.json'), 'utf8');

    it('saves the receipt of a file, and is in the output', async () => {
      await files({ 'a.jpg': 'A' });
      const { exit, outcomes, err } = await upload('a.jpg', '--receipt', 'r.json');
      expect([exit, err]).toEqual([0, expect.stringContaining('The receipt is in r.json')]);
      expect(outcomes).toMatchObject([{ key: 'k', receipt: 'a.b.c' }]);
      expect(JSON.parse(await receipt())).toEqual(outcomes[0]);
    });

    it('overwrites no file, and is for one image', async () => {
      await files({ 'a.jpg': 'A', 'b.jpg': 'B', 'r.json': 'an earlier receipt' });
      expect((await upload('a.jpg', '--receipt', 'r.json')).exit).toBe(2);
      expect(await receipt()).toBe('an earlier receipt');
      expect((await upload('.', '--receipt', 's.json')).exit).toBe(2);
      expect(sent()).toBe(0);
    });

    it('says that there is none for a file that was there, or from a server that gives none', async () => {
      await files({ 'a.jpg': 'A', 'b.jpg': 'B' });
      const without = await upload('b.jpg', '--receipt', 'r.json');
      expect([without.exit, without.err]).toEqual([1, expect.stringContaining('receipt_missing')]);
      const skipped = await upload('b.jpg', '--receipt', 'r.json');
      expect([skipped.exit, skipped.err]).toEqual([1, expect.stringContaining('there already')]);
    });
  });

  it.each(['0', '17', 'four'])('rejects --concurrency %s', async (count) => {
    const { exit, err } = await upload('.', '--concurrency', count);
    expect(exit).toBe(2);
    expect(err).toContain('1 to 16');
  });
});
