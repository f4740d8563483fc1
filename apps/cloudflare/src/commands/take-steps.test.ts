import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SetUp } from '../first-steps.js';
import { masterKeyAt, takeSteps } from './take-steps.js';

const URL_OF_WORKER = 'https://auraimage.ada.workers.dev';
const ADDRESSES = { cdnUrl: URL_OF_WORKER, appUrl: URL_OF_WORKER };

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'aura-steps-'));
  folder = join(parent, 'secrets');
});
afterEach(() => rm(parent, { recursive: true }));

/** Takes the steps of a Worker that gives these responses, one after the other. */
async function take(responses: readonly Response[], options: object = {}) {
  const left = [...responses];
  const asked: Request[] = [];
  let output = '';
  const addresses = await takeSteps({
    url: URL_OF_WORKER,
    setupToken: 'token',
    folder,
    isTerminal: false,
    write: (text) => {
      output += text;
    },
    fetch: async (input, init) => {
      asked.push(new Request(input, init));
      return left.shift() ?? new Response('asked too often', { status: 500 });
    },
    wait: async () => {},
    ...options,
  });
  return { addresses, output, asked };
}

const responseOf = (answer: Partial<SetUp>, status = 200) =>
  Response.json({ steps: [], ...ADDRESSES, ...answer }, { status });

const shown = (path: string, text: string) =>
  ({ do: 'show', path, text, instead: `# in ${path}` }) as const;

describe('the first steps of a Worker', () => {
  it.each([
    { isTerminal: true, secrets: 1 },
    { isTerminal: false, secrets: 0 },
  ])('are shown once when a later one fails, and asked for again (%j)', async (given) => {
    const file = `${folder}/first-start.txt`;
    const steps = [shown(file, 'SECRET=sk_live_x'), { do: 'say', text: 'No sample\n' } as const];
    const { addresses, output, asked } = await take(
      [
        new Response('Not found', { status: 404 }),
        responseOf({ steps, problem: 'the database does not answer' }, 503),
        responseOf({ steps: [shown(`${folder}/setup-link.txt`, 'LINK')] }),
      ],
      { isTerminal: given.isTerminal },
    );
    expect(addresses).toMatchObject(ADDRESSES);
    expect(asked).toHaveLength(3);
    expect(output.split('sk_live_x')).toHaveLength(given.secrets + 1);
    expect(output.split('No sample')).toHaveLength(2);
    const files = given.isTerminal ? [] : ['first-start.txt', 'setup-link.txt'];
    expect((await readdir(parent, { recursive: true })).sort()).toEqual(
      given.isTerminal ? [] : ['secrets', ...files.map((name) => join('secrets', name))],
    );
    if (!given.isTerminal) expect(await readFile(file, 'utf8')).toBe('SECRET=sk_live_x\n');
  });

  it('may keep secrets in a folder with any characters', async () => {
    folder = join(parent, 'łąka 花 100 %');
    const path = join(folder, 'first-start.txt');
    const { asked } = await take([responseOf({ steps: [shown(path, 'SECRET=sk_live_x')] })]);
    expect(decodeURIComponent(asked[0]?.headers.get('aura-folder') ?? '')).toBe(folder);
    expect(await readFile(path, 'utf8')).toBe('SECRET=sk_live_x\n');
    expect((await stat(path)).mode & 0o077).toBe(0);
  });

  it('write into their folder only, whatever the response names', async () => {
    await take([
      responseOf({
        steps: [
          shown('../up.txt', 'one'),
          shown(join(parent, 'absolute.txt'), 'two'),
          shown(`${folder}/../further/up.txt`, 'three'),
          { do: 'remove', path: parent },
        ],
      }),
    ]);
    expect(await readdir(parent)).toEqual(['secrets']);
    expect((await readdir(folder)).sort()).toEqual(['absolute.txt', 'up.txt']);
  });
});

describe('the master key', () => {
  it('is made once', async () => {
    const path = join(folder, 'master.key');
    const made = await masterKeyAt(path);
    expect(made).toMatch(/^[0-9a-f]{64}$/);
    expect(await masterKeyAt(path)).toBe(made);
  });

  it('is not replaced when it cannot be read', async () => {
    const path = join(folder, 'master.key');
    await mkdir(path, { recursive: true });
    await expect(masterKeyAt(path)).rejects.toMatchObject({ code: 'EISDIR' });
    expect((await stat(path)).isDirectory()).toBe(true);
    expect(await readdir(folder)).toEqual(['master.key']);
  });
});
