import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakeServer, startFakeServer } from '../testing/fake-server.js';
import { createImportDesk, gif, type ImportDesk } from '../testing/import-desk.js';

let desk: ImportDesk;
beforeEach(async () => {
  desk = await createImportDesk();
});
afterEach(() => desk.close());

describe('aura import of a list of addresses', () => {
  let site: FakeServer;
  let attempts: number;
  beforeEach(async () => {
    attempts = 0;
    site = await startFakeServer({
      'GET /a%20b.gif': () => ({ body: gif('a') }),
      'GET /busy': () =>
        ++attempts < 3 ? { status: 503, headers: { 'Retry-After': '0' } } : { body: gif('busy') },
      'GET /closed': () => ({ status: 403 }),
    });
  });
  afterEach(() => site.close());

  const list = (...rows: string[]) => desk.files({ 'list.csv': rows.join('\n') });
  const importList = (...argv: string[]) => desk.importing('list.csv', ...argv);

  it('refuses rows that it does not understand, and reads the others', async () => {
    await list(
      '\ufeffURL;Name;Visibility;Metadata.album;price',
      `${site.url}/a%20b.gif;;;;1`,
      `${site.url}/a%20b.gif;x/Y z.gif;public;"a;b";1`,
      `${site.url}/busy;busy;;;1`,
      `${site.url}/closed;;;;1`,
      `${site.url}/missing.gif;;;;1`,
      'ftp://x.example/a;;;;1',
      `${site.url}/busy;n;secret;;1`,
      `${site.url}/busy`,
      `${site.url.replace('//', '//kim:pw@')}/a.gif;;;;1`,
      `${site.url}/;;;;1`,
    );
    const { lines, short, err } = await importList();
    expect(short).toEqual([
      '1 imported a-b',
      '2 imported x/Y-z',
      '3 imported busy',
      '4 refused source_forbidden',
      '5 refused source_not_found',
      '6 refused address_invalid',
      '7 refused row_malformed',
      '8 refused row_malformed',
      '9 refused address_invalid',
      '10 refused name_invalid',
    ]);
    expect(lines.slice(0, 2).map(({ visibility }) => visibility)).toEqual(['private', 'public']);
    expect(err).toContain('not used: price');
    expect(attempts).toBe(3);
    const signing = desk.server.received.filter(({ path }) => path === '/v1/sign');
    const signed = signing.map(({ body }) => JSON.parse(body));
    expect(signed.find(({ name }) => name === 'x/Y-z')?.metadata).toEqual({ album: 'a;b' });
  });

  it('does not go on with a list that was edited', async () => {
    await list('url', `${site.url}/a%20b.gif`);
    expect((await importList()).exit).toBe(0);
    await list('url', `${site.url}/busy`, `${site.url}/a%20b.gif`);
    expect((await importList()).err).toContain('an earlier list');
    expect((await desk.importing('list.csv', '--report', 's.jsonl')).short).toEqual([
      '1 imported busy',
      '2 existing a-b',
    ]);
  });

  it('keeps a folder that is in the way, and removes one of a killed import', async () => {
    await list('url', `${site.url}/a%20b.gif`);
    await desk.files({ '.s.jsonl.tmp/mine.txt': 'kept' });
    const refused = await importList('--report', 's.jsonl');
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('is in the way')]);
    await desk.files({ '.t.jsonl.tmp/pid': '4194305', '.t.jsonl.tmp/half': 'x' });
    expect((await importList('--report', 't.jsonl')).exit).toBe(0);
    const left = await readdir(desk.cwd, { recursive: true });
    expect(left.filter((name) => name.includes('.tmp'))).toEqual([
      '.s.jsonl.tmp',
      '.s.jsonl.tmp/mine.txt',
    ]);
  });

  it.each<[string, RegExp]>([
    ['name,link\na,b', /one of them is url/],
    ['url,url\na,b', /url is there twice/],
    ['url,metadata.No Key\na,b', /columns of metadata must have keys/],
    ['', /is empty/],
    ['url,name\n"x', /not a CSV file/],
  ])('explains what is wrong with %j', async (text, words) => {
    await list(text);
    const { exit, err } = await importList();
    expect([exit, err]).toEqual([2, expect.stringMatching(words)]);
  });
});
