import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import Eleventy from '@11ty/eleventy';
import { build } from 'esbuild';
import { createMarkdown, partsOf } from './markdown.mjs';
import { collectPages, siteMarkdown, textFileOf } from './pages.mjs';

// Builds the site into dist/: a page and its Markdown for each address, the files that pages link to, what the
// browser loads, the index of the search, and llms.txt. The server serves dist/ as it is.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HERE = fileURLToPath(new URL('.', import.meta.url));
const DIST = join(HERE, 'dist');
/** Bytes below which a compressed file saves no packet. */
const MIN_COMPRESSED_BYTES = 1400;

const { pages, files, sections } = collectPages();
const markdown = createMarkdown();
const parts = new Map(pages.map((page) => [page, partsOf(markdown, page)]));

rmSync(DIST, { recursive: true, force: true });
const assets = { ...(await bundle()), search: writeSearchIndex() };
await writePages();
writeSources();
for (const file of files) {
  if (!file.startsWith('docs/images/')) copy(join(ROOT, file), textFileOf(file));
}
cpSync(join(ROOT, 'docs/images'), join(DIST, 'images'), { recursive: true });
compress();

/** Bundles scripts and styles under names with a hash of their content. */
async function bundle() {
  const { metafile } = await build({
    absWorkingDir: HERE,
    entryPoints: {
      site: 'src/site.ts',
      docs: 'src/docs.css',
      // The choice between light and dark is the dashboard's, and so is the icon.
      theme: '../dashboard/src/theme-boot.ts',
      mark: '../dashboard/src/mark.svg',
    },
    outdir: DIST,
    entryNames: 'assets/[name]-[hash]',
    assetNames: 'assets/[name]-[hash]',
    loader: { '.svg': 'copy', '.woff2': 'file' },
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    publicPath: '/docs/',
    metafile: true,
    logLevel: 'warning',
  });
  return Object.fromEntries(
    Object.entries(metafile.outputs)
      .filter(([, { entryPoint }]) => entryPoint !== undefined)
      .map(([path]) => [
        /([a-z]+)-\w+\.\w+$/.exec(path)?.[1],
        `/docs/${path.replace('dist/', '')}`,
      ]),
  );
}

/** Writes what the search looks through: the parts of the pages that the table of contents lists. */
function writeSearchIndex() {
  const listed = sections.flatMap((section) => section.pages);
  const entries = listed.flatMap((page) =>
    (parts.get(page) ?? []).map(({ id, heading, text }, at) => ({
      id: id === '' ? `/docs/${page.path}` : `/docs/${page.path}#${id}`,
      page: page.title,
      heading: at === 0 ? '' : heading,
      text: text.replace(/\s+/g, ' ').trim(),
    })),
  );
  const json = JSON.stringify(entries);
  const hash = createHash('sha256').update(json).digest('hex').slice(0, 8);
  const name = `assets/search-${hash}.json`;
  write(name, json);
  return `/docs/${name}`;
}

async function writePages() {
  const order = sections.flatMap((section) => section.pages);
  const eleventy = new Eleventy(join(HERE, 'layout'), DIST, {
    quietMode: true,
    /** @param {any} config */
    config(config) {
      config.setIncludesDirectory('.');
      config.setTemplateFormats(['md']);
      config.setLibrary('md', markdown);
      config.addGlobalData('assets', assets);
      config.addGlobalData('sections', sections);
      for (const page of pages) {
        const at = order.indexOf(page);
        config.addTemplate(`${page.path || 'index'}.md`, page.text, {
          layout: 'page.njk',
          templateEngineOverride: 'md',
          permalink: `${page.path || 'index'}.html`,
          doc: page,
          previous: order[at - 1],
          next: at < 0 ? order[0] : order[at + 1],
          outline: (parts.get(page) ?? []).filter(({ level }) => level === 2 || level === 3),
        });
      }
      config.addTemplate('404.md', '# Page not found\n\nThere is no page at this address.\n', {
        layout: 'page.njk',
        permalink: '404.html',
        doc: { file: 'docs/404.md', path: '404', title: 'Page not found', section: null },
        outline: [],
      });
      return { dir: { input: join(HERE, 'layout'), output: DIST }, markdownTemplateEngine: false };
    },
  });
  eleventy.disableLogger();
  await eleventy.write();
}

/** The Markdown of every page at its address with `.md`, and both files for language models (https://llmstxt.org). */
function writeSources() {
  const sources = new Map(pages.map((page) => [page, siteMarkdown(page)]));
  for (const [{ path }, text] of sources) write(`${path || 'index'}.md`, text);
  const [home] = pages;
  const listed = sections.flatMap((section) => section.pages);
  write('llms.txt', home === undefined ? '' : (sources.get(home) ?? ''));
  write('llms-full.txt', listed.map((page) => sources.get(page)).join('\n'));
}

/** Adds `.br` and `.gz` files, which the server sends to clients that accept them. */
function compress() {
  for (const entry of readdirSync(DIST, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:html|md|txt|json|js|css|svg)$/.test(entry.name)) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const bytes = readFileSync(path);
    if (bytes.length < MIN_COMPRESSED_BYTES) continue;
    // The highest quality takes 20 times as long, which pays for what every page loads.
    const quality = path.includes('assets') ? constants.BROTLI_MAX_QUALITY : 6;
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
    writeFileSync(`${path}.gz`, gzipSync(bytes));
  }
}

/**
 * @param {string} name in dist/
 * @param {string} text
 */
function write(name, text) {
  mkdirSync(dirname(join(DIST, name)), { recursive: true });
  writeFileSync(join(DIST, name), text);
}

/**
 * @param {string} from
 * @param {string} name in dist/
 */
function copy(from, name) {
  mkdirSync(dirname(join(DIST, name)), { recursive: true });
  copyFileSync(from, join(DIST, name));
}
