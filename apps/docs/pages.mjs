import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import MarkdownIt from 'markdown-it';

// Finds what the site consists of. docs/README.md is its table of contents and its first page. Every file of the
// repository that a page links to is in the site too: Markdown as a page, anything else as a text file.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = 'docs/README.md';
const IMAGES = 'docs/images/';
const parser = new MarkdownIt({ html: true });

/**
 * @typedef {object} Page
 * @property {string} file path in the repository
 * @property {string} path address below `/docs/`, without extension; empty for the first page
 * @property {string} text Markdown
 * @property {string} title
 * @property {string} description of the table of contents; empty if that does not list the page
 * @property {string | null} section of the table of contents; `null` if that does not list the page
 *
 * @typedef {{ title: string, pages: Page[] }} Section
 */

/**
 * @returns {{ pages: Page[], files: string[], sections: Section[] }} every page, every other file that a page links
 *   to, and the table of contents
 * @throws if a link leads nowhere, or to a folder
 */
export function collectPages() {
  /** @type {Map<string, Page>} */
  const pages = new Map();
  const files = new Set();
  const waiting = [HOME];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (pages.has(file)) continue;
    const text = readFileSync(join(ROOT, file), 'utf8');
    const title = plain(/^# (.+)$/m.exec(text)?.[1] ?? file);
    pages.set(file, { file, path: pathOf(file), text, title, description: '', section: null });
    for (const href of linksOf(text)) {
      const target = targetOf(file, href);
      if (target === null) continue;
      if (!existsSync(join(ROOT, target)))
        throw new Error(`${file} links to ${target}, which is missing`);
      if (statSync(join(ROOT, target)).isDirectory()) {
        throw new Error(`${file} links to the folder ${target}: link to a file in it`);
      }
      if (target.endsWith('.md')) waiting.push(target);
      else files.add(target);
    }
  }
  const sections = tableOfContents(pages);
  return { pages: [...pages.values()], files: [...files].map(String), sections };
}

/**
 * The address of a link's target in the site.
 *
 * @param {string} file the Markdown file with the link
 * @param {string} href as the file has it
 * @param {'page' | 'markdown'} kind of page to link to
 */
export function addressOf(file, href, kind) {
  const target = targetOf(file, href);
  if (target === null) return href;
  const fragment = /#.*$/.exec(href)?.[0] ?? '';
  if (target.startsWith(IMAGES)) return `/docs/images/${target.slice(IMAGES.length)}`;
  if (!target.endsWith('.md')) return `/docs/${textFileOf(target)}`;
  const path = pathOf(target);
  if (kind === 'markdown') return `/docs/${path || 'index'}.md${fragment}`;
  return `${path === '' ? '/docs' : `/docs/${path}`}${fragment}`;
}

/**
 * Where the site has a file of the repository that is neither a page nor an image. The name ends in `.txt`: a browser
 * shows it, and runs nothing of it.
 *
 * @param {string} file
 */
export function textFileOf(file) {
  return `files/${file}.txt`;
}

/**
 * The Markdown of a page with links that work at its address in the site.
 *
 * @param {Page} page
 */
export function siteMarkdown({ file, text }) {
  return text.replace(/(\]\()([^)\s]+)(\))/g, (_link, open, href, close) => {
    return open + addressOf(file, href, 'markdown') + close;
  });
}

/** Reads the lists of the first page, `- [title](file): description` below `## section`. @param {Map<string, Page>} pages */
function tableOfContents(pages) {
  /** @type {Section[]} */
  const sections = [];
  for (const line of (pages.get(HOME)?.text ?? '').split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading !== undefined) sections.push({ title: heading, pages: [] });
    const [, href = '', description = ''] = /^- \[.+\]\((\S+)\): (.+)$/.exec(line) ?? [];
    const page = pages.get(targetOf(HOME, href) ?? '');
    const section = sections.at(-1);
    if (page === undefined || section === undefined) continue;
    Object.assign(page, { section: section.title, description: plain(description) });
    section.pages.push(page);
  }
  return sections;
}

/** @param {string} text */
function linksOf(text) {
  return parser
    .parse(text, {})
    .flatMap(({ children }) => children ?? [])
    .map((token) => token.attrGet('href') ?? token.attrGet('src'))
    .filter((href) => href !== null);
}

/**
 * The file of the repository that a link leads to; `null` if it leads elsewhere, or to a heading of its own page.
 *
 * @param {string} file
 * @param {string} href
 */
function targetOf(file, href) {
  const path = href.replace(/#.*$/, '');
  if (path === '' || /^(?:[a-z]+:|\/)/.test(path)) return null;
  return posix.join(posix.dirname(file), decodeURI(path));
}

/** @param {string} file */
function pathOf(file) {
  return file
    .replace(/^docs\//, '')
    .replace(/(?:^|\/)README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase();
}

/** @param {string} markdown */
function plain(markdown) {
  return markdown.replace(/`/g, '');
}
