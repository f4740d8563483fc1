import { appendFile, mkdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { refusal } from '../testing/fake-server.js';
import {
  createImportDesk,
  gif,
  type ImportDesk,
  receiptOf,
  sha256,
} from '../testing/import-desk.js';

let desk: ImportDesk;
beforeEach(async () => {
  desk = await createImportDesk();
});
afterEach(() => desk.close());

const reportPath = () => join(desk.cwd, 'r.jsonl');
const report = () => readFile(reportPath(), 'utf8');

describe('aura import of a folder', () => {
  it('names images after their paths, and has a line about everything else', async () => {
    await desk.files({
      'photos/Tag 1/Größe.JPG': gif('1'),
      'photos/a.jpg': gif('2'),
      'photos/a.png': gif('3'),
      'photos/v1.2': gif('4'),
      'photos/-.jpg': gif('5'),
      'photos/.git/x.jpg': gif('6'),
      'photos/README': 'text',
      'photos/empty.jpg': '',
      'photos/logo.svg': '<svg/>',
      'photos/notes.txt': 'text',
      'photos/no-image.jpg': 'text',
    });
    await symlink('a.jpg', join(desk.cwd, 'photos/link.jpg'));
    const { exit, lines, short, err } = await desk.importing('photos', '--prefix', 'old');
    expect(exit).toBe(1);
    expect(short).toEqual([
      '-.jpg refused name_invalid',
      '.git skipped hidden',
      'README skipped not_an_image',
      'Tag 1/Größe.JPG imported old/Tag-1/Grosse',
      'a.jpg imported old/a',
      'a.png refused name_taken',
      'empty.jpg refused file_empty',
      'link.jpg skipped symbolic_link',
      'logo.svg refused type_not_allowed',
      'no-image.jpg refused type_not_allowed',
      'notes.txt skipped not_an_image',
      'v1.2 skipped not_an_image',
    ]);
    expect(err).toContain('2 imported, 0 already there, 5 skipped, 5 refused');
    expect(
      (await report())
        .trim()
        .split('\n')
        .slice(1, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(lines);
    expect(desk.stored.get('old/Tag-1/Grosse')).toBe(gif('1'));
    expect((await desk.importing('photos', '--report', 'all.jsonl', '--all')).short).toContain(
      'v1.2 imported v1.2',
    );
  });

  it('continues behind the last whole line, and sends nothing twice', async () => {
    await desk.files({
      'photos/a/1.gif': gif('1'),
      'photos/a/2.gif': gif('2'),
      'photos/b.gif': gif('3'),
    });
    await desk.importing('photos');
    expect(desk.sent()).toBe(3);
    const [header = '', first = '', second = ''] = (await report()).split('\n');
    // As after a kill -9: two are stored, and one is in the report.
    await truncate(reportPath(), Buffer.byteLength(`${header}\n${first}\n${second.slice(0, 20)}`));
    const { exit, short, err } = await desk.importing('photos');
    expect([exit, desk.sent()]).toEqual([0, 3]);
    expect(err).toContain('Continuing: 1 imported');
    expect(short).toEqual(['a/2.gif existing a/2', 'b.gif existing b']);
    expect((await report()).trim().split('\n')).toHaveLength(5);
    const again = await desk.importing('photos');
    expect([again.exit, again.lines]).toEqual([0, []]);
    expect(again.err).toContain('has finished: 1 imported, 2 already there');
  });

  it('does not say twice that a folder cannot be read', async () => {
    await desk.files({ 'photos/a/1.gif': gif('1'), 'photos/b.gif': gif('2') });
    await desk.importing('photos');
    const [header = ''] = (await report()).split('\n');
    const line = { source: 'a/', status: 'refused', error: { code: 'file_unreadable' } };
    await writeFile(reportPath(), `${header}\n${JSON.stringify(line)}\n`);
    expect((await desk.importing('photos')).short).toEqual(['b.gif existing b']);
  });

  it('ends at once, and continues, where every other file would fail, too', async () => {
    await desk.files({
      'photos/1.gif': gif('1'),
      'photos/2.gif': gif('2'),
      'photos/3.gif': gif('3'),
    });
    const upload = desk.routes['POST /v1/upload'];
    desk.routes['POST /v1/upload'] = (request) =>
      desk.stored.size === 1 ? refusal(402, 'quota_exceeded') : (upload?.(request) ?? {});
    const stopped = await desk.importing('photos');
    expect([stopped.exit, stopped.lines.length, desk.sent()]).toEqual([1, 1, 2]);
    expect(stopped.err).toMatch(/run the same command again[\s\S]*\(quota_exceeded\)/);
    desk.routes['POST /v1/upload'] = upload ?? (() => ({}));
    expect((await desk.importing('photos')).short).toEqual([
      '2.gif imported 2',
      '3.gif imported 3',
    ]);
  });

  it('tries what was refused again with --retry alone', async () => {
    await desk.files({ 'photos/1.gif': gif('1'), 'photos/2.gif': 'cut off', 'photos/3.gif': 'no' });
    expect((await desk.importing('photos')).exit).toBe(1);
    await desk.files({ 'photos/2.gif': gif('2') });
    expect((await desk.importing('photos')).lines).toEqual([]);
    const retried = await desk.importing('photos', '--retry');
    expect(retried.short).toEqual(['2.gif imported 2', '3.gif refused type_not_allowed']);
    expect(retried.err).toContain('2 imported, 0 already there, 0 skipped, 1 refused');
    await desk.files({ 'photos/3.gif': gif('3') });
    expect((await desk.importing('photos', '--retry')).exit).toBe(0);
    expect([...desk.stored.keys()].sort()).toEqual(['1', '2', '3']);
  });

  it('finishes the current file at Ctrl-C, and continues behind it', async () => {
    await desk.files({
      'photos/1.gif': gif('1'),
      'photos/2.gif': gif('2'),
      'photos/3.gif': gif('3'),
    });
    const interrupt = new AbortController();
    const upload = desk.routes['POST /v1/upload'];
    desk.routes['POST /v1/upload'] = (request) => {
      interrupt.abort();
      return upload?.(request) ?? {};
    };
    const stopped = await desk.importing('photos', interrupt.signal);
    expect([stopped.exit, stopped.short]).toEqual([130, ['1.gif imported 1']]);
    expect((await desk.importing('photos')).short).toEqual([
      '2.gif imported 2',
      '3.gif imported 3',
    ]);
  });

  it('finds an image that an upload of the killed command stores at the same time', async () => {
    await desk.files({ 'photos/1.gif': gif('1') });
    const upload = desk.routes['POST /v1/upload'];
    desk.routes['POST /v1/upload'] = async (request) => {
      await upload?.(request);
      return upload?.(request) ?? {};
    };
    expect((await desk.importing('photos')).short).toEqual(['1.gif existing 1']);
  });

  it('refuses a file that changes while it is read', async () => {
    await desk.files({ 'photos/1.gif': gif('1') });
    const sign = desk.routes['POST /v1/sign'];
    desk.routes['POST /v1/sign'] = async (request) => {
      await appendFile(join(desk.cwd, 'photos/1.gif'), 'more');
      return sign?.(request) ?? {};
    };
    expect((await desk.importing('photos')).short).toEqual(['1.gif refused file_changed']);
    expect(desk.stored.size).toBe(0);
  });

  it('deletes what was stored with other bytes than were sent', async () => {
    await desk.files({ 'photos/1.gif': gif('1') });
    const upload = desk.routes['POST /v1/upload'];
    desk.routes['POST /v1/upload'] = async (request) => {
      const { body, ...answer } = (await upload?.(request)) ?? {};
      return { ...answer, body: { ...Object(body), receipt: receiptOf(sha256('other')) } };
    };
    desk.routes['DELETE /v1/images/my-app/1'] = () => {
      desk.stored.clear();
      return { status: 204 };
    };
    expect((await desk.importing('photos')).short).toEqual(['1.gif refused not_verified']);
    expect(desk.stored.size).toBe(0);
  });

  it('shows in a dry run which names the images would get', async () => {
    await desk.files({ 'photos/a.jpg': gif('1'), 'photos/a.png': gif('2'), 'photos/b.txt': 'no' });
    const { exit, short, err } = await desk.importing('photos', '--dry-run');
    expect([exit, short]).toEqual([
      1,
      ['a.jpg planned a', 'a.png refused name_taken', 'b.txt skipped not_an_image'],
    ]);
    expect(err).toContain('1 would be imported, 1 skipped, 1 refused');
    expect(desk.server.received).toEqual([]);
  });

  it('does not write into the report of another import', async () => {
    await desk.files({ 'photos/1.gif': gif('1'), 'others/1.gif': gif('2') });
    await desk.importing('photos');
    const other = await desk.importing('others', '--report', 'r.jsonl');
    expect([other.exit, other.err]).toEqual([2, expect.stringContaining('another import')]);
    const folder = join(desk.cwd, '.r.jsonl.tmp');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'pid'), String(process.ppid));
    const concurrent = await desk.importing('photos');
    expect([concurrent.exit, concurrent.err]).toEqual([
      2,
      expect.stringContaining(`process ${process.ppid}`),
    ]);
  });

  it.each<[string[], RegExp]>([
    [['missing'], /no folder or file/],
    [['photos/1.gif'], /aura upload/],
    [['https://x.example/a.jpg'], /CSV file/],
    [['s3://'], /s3:\/\/bucket\/folder/],
    [['s3://a-bucket/x'], /no keys for the bucket/],
  ])('explains %j', async ([source = ''], words) => {
    await desk.files({ 'photos/1.gif': gif('1') });
    const { exit, err } = await desk.importing(source);
    expect([exit, err]).toEqual([2, expect.stringMatching(words)]);
  });

  it('has no default for the visibility', async () => {
    const { exit, err } = await desk.run(['import', '.']);
    expect([exit, err]).toEqual([2, expect.stringContaining('--visibility')]);
  });
});
