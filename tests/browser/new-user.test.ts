import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawing } from '../files/pictures.js';
import { shortOrLong } from '../harness/long.js';
import { removeFolder } from '../harness/remove.js';
import { secretsOf, temporaryFolder } from '../harness/server.js';
import { BROWSER_START_MS, sharedBrowser, type TestBrowser } from './support/browser.js';
import { watchForComplaints } from './support/complaints.js';
import { chooseFiles, newProfile, startFirefox, waitForImage } from './support/firefox.js';

// A new user's first minutes, with nothing but the README: its commands start the server, its snippets are the app.
// The long form begins with a clone, as the README does; the short one with what is built already.

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Three minutes. A clone that is installed and built beside other tests takes longer. */
const LIMIT_MS = shortOrLong(180_000, 900_000);
const run = promisify(execFile);

const README = await readFile(join(ROOT, 'README.md'), 'utf8');
/** What the README says about addresses, which is different here: tests use free ports. */
const CDN = 'http://localhost:8787';
const LISTEN = '.listen(3000)';

let browser: TestBrowser;
/** In a long run: firefox.test.ts has its upload and its image, of the packages that the README installs. */
let firefox: Browser | undefined;
/** An empty folder outside of the repository. */
let folder: string;
let app: string;
let cdn: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  [browser, firefox, folder] = await Promise.all([
    sharedBrowser(),
    shortOrLong<() => Promise<Browser | undefined>>(async () => undefined, startFirefox)(),
    temporaryFolder(),
  ]);
  app = join(folder, 'app');
  await mkdir(app);
}, BROWSER_START_MS);
afterAll(async () => {
  await browser?.close();
  await firefox?.close();
  await Promise.all(children.map(end));
  await removeFolder(folder);
});

/** The one code block of a language, or the one that contains a text. */
function snippet(language: string, text = ''): string {
  const blocks = [...README.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name, code]) => name === language && code?.includes(text))
    .map(([, , code = '']) => code);
  expect(blocks, `${language} with ${text}`).toHaveLength(1);
  return blocks[0] ?? '';
}

/** Starts a program, and waits for a line that it prints. */
async function start(
  [command = '', ...args]: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
  pattern: RegExp,
) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  let output = '';
  for await (const line of createInterface({ input: child.stdout })) {
    output += `${line}\n`;
    const found = pattern.exec(line)?.[1];
    if (found !== undefined) return { found, output };
  }
  throw new Error(`${command} ended early\n${output}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** The README's commands, in a clone. */
async function startServer() {
  const commands = snippet('sh', 'npm start').trim().split('\n');
  expect(commands).toEqual(['npm ci', 'npm start']);
  const env = { ...process.env, PORT: '0', AURA_DATA_DIR: join(folder, 'data') };
  const pattern = /^AuraImage listens on (\S+)$/;
  const built = join(ROOT, 'apps/node/dist/main.js');
  if (shortOrLong(true, false)) return start([process.execPath, built], { cwd: app, env }, pattern);
  const clone = join(folder, 'clone');
  await run('git', ['clone', '--quiet', '--depth', '1', `file://${ROOT}`, clone]);
  await run('npm', ['ci', '--prefer-offline'], { cwd: clone });
  return start(['npm', 'start'], { cwd: clone, env }, pattern);
}

/** Uploads a picture in the page, and returns the address of what it shows then. */
async function upload(page: Page): Promise<string> {
  const buffer = await drawing(400, 300).jpeg().toBuffer();
  const file = { name: 'harbour.jpg', mimeType: 'image/jpeg', buffer };
  await page.locator('input[type=file]').setInputFiles(file);
  const shown = await page.waitForFunction(() => {
    const images = [...document.querySelectorAll('img')].filter(({ src }) =>
      src.includes('token='),
    );
    return images.find(({ complete, naturalWidth }) => complete && naturalWidth > 0)?.currentSrc;
  });
  return String(await shown.jsonValue());
}

/** The same in Firefox. */
async function uploadIn(firefox: Browser, address: string): Promise<string> {
  const page = await newProfile(firefox);
  await page.goto(address);
  const path = join(folder, 'harbour.jpg');
  await writeFile(path, await drawing(400, 300).jpeg().toBuffer());
  await chooseFiles(page, path);
  const shown = 'img[src*="token="]';
  await waitForImage(page, shown);
  const url = await page.$eval(shown, (image) => (image as HTMLImageElement).currentSrc);
  await page.browserContext().close();
  return url;
}

it(
  'has a private picture in the browser with the README alone',
  async () => {
    const { found, output } = await startServer();
    cdn = found;
    const block = await secretsOf(output);
    const env = block.match(/^(?:AURA|NEXT_PUBLIC)_\w+=\S+$/gm) ?? [];
    expect(env).toHaveLength(4);
    await writeFile(join(app, '.env'), `${env.join('\n')}\n`);
    const [npm = '', ...args] = snippet('sh', 'packages/sdk.tgz')
      .trim()
      .replace(CDN, cdn)
      .split(' ');
    await run(npm, args, { cwd: app });

    await writeFile(join(app, 'index.html'), snippet('html').replaceAll(CDN, cdn));
    const server = snippet('js', 'createServer');
    expect(server).toContain(LISTEN);
    const listening = `.listen(0, function () { console.log('port', this.address().port); })`;
    await writeFile(join(app, 'server.mjs'), server.replace(LISTEN, listening));
    const command = [process.execPath, '--env-file=.env', 'server.mjs'];
    const { found: port } = await start(command, { cwd: app }, /^port (\d+)$/);

    const page = await browser.newPage();
    const complaints = watchForComplaints(page);
    const address = `http://localhost:${port}`;
    const statusOf = async (url: string) => (await fetch(url)).status;
    /** Uploads in every browser; returns what they show then. */
    const walk = async () => {
      await page.goto(address);
      const urls = [await upload(page)];
      if (firefox !== undefined) urls.push(await uploadIn(firefox, address));
      for (const url of urls) {
        expect([await statusOf(url), await statusOf(url.replace(/\?.*/, ''))]).toEqual([200, 403]);
      }
      return urls;
    };
    for (const url of await walk()) expect(url).toMatch(/&w=400$/);
    await writeFile(join(app, 'index.html'), await reactPage());
    await walk();
    expect(complaints).toEqual([]);
  },
  LIMIT_MS,
);

/** The README's component in a page, built as a bundler would. */
async function reactPage(): Promise<string> {
  const name = 'http://localhost:8787/packages/react.tgz';
  expect(README).toContain(`npm install ${name}`);
  const install = ['install', '--prefer-offline', name.replace(CDN, cdn)];
  await run('npm', [...install, 'react@19.3.1', 'react-dom@19.3.1'], { cwd: app });
  await writeFile(join(app, 'gallery.tsx'), snippet('tsx').replaceAll(CDN, cdn));
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import { createRoot } from 'react-dom/client';
        import { Gallery } from './gallery.js';
        createRoot(document.body).render(<Gallery />);`,
      loader: 'tsx',
      resolveDir: app,
    },
    bundle: true,
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    outdir: app,
    write: false,
  });
  const [script = '', style = ''] = ['.js', '.css'].map(
    (ending) => outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? '',
  );
  return `<!doctype html><style>${style}</style><body><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`;
}
