import MarkdownIt from 'markdown-it';
import anchor from 'markdown-it-anchor';
import Prism from 'prismjs';
import loadLanguages from 'prismjs/components/index.js';
import { addressOf } from './pages.mjs';

// Renders the Markdown of pages. The HTML has neither scripts nor styles of its own: the pages' CSP blocks them.

/** @typedef {import('./pages.mjs').Page} Page */

loadLanguages([
  'bash',
  'ini',
  'json',
  'jsx',
  'nginx',
  'php',
  'go',
  'python',
  'ruby',
  'tsx',
  'typescript',
  'yaml',
]);
/** What the files call a language, where Prism has another name for it. */
const ALIASES = { sh: 'bash', console: 'bash', vue: 'markup', svelte: 'markup', astro: 'markup' };

/** A renderer; pass the page as `page` of its environment. */
export function createMarkdown() {
  const markdown = new MarkdownIt({ html: true, highlight });
  markdown.use(anchor, { slugify, permalink: anchor.permalink.headerLink() });
  markdown.core.ruler.push('site', ({ tokens, env }) => {
    for (const token of tokens) {
      // A cell that is not aligned to the left.
      const alignment = token.attrGet('style')?.replace('text-align:', 'align-');
      if (alignment !== undefined) token.attrs = [['class', alignment]];
    }
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      for (const name of ['href', 'src']) {
        const href = token.attrGet(name);
        if (href !== null) token.attrSet(name, addressOf(env.doc.file, href, 'page'));
      }
    }
  });
  const { rules } = markdown.renderer;
  // Both may be wider than the page: a keyboard has to reach what scrolls.
  rules['table_open'] = () => '<div class="table" tabindex="0"><table>\n';
  rules['table_close'] = () => '</table></div>\n';
  return markdown;
}

/**
 * The parts of a page between its headings, for the search and the contents of the page.
 *
 * @param {MarkdownIt} markdown
 * @param {Page} doc
 * @returns {{ level: number, id: string, heading: string, text: string }[]} beginning with the page's title
 */
export function partsOf(markdown, doc) {
  const parts = [{ level: 1, id: '', heading: doc.title, text: '' }];
  let isHeading = false;
  for (const token of markdown.parse(doc.text, { doc })) {
    if (token.type === 'heading_open') {
      const level = Number(token.tag.slice(1));
      isHeading = level > 1;
      if (isHeading) parts.push({ level, id: token.attrGet('id') ?? '', heading: '', text: '' });
      continue;
    }
    const part = parts.at(-1);
    if (part === undefined) continue;
    const text = token.type === 'fence' ? token.content : textOf(token.children ?? []);
    if (token.type === 'inline' && isHeading) part.heading = text;
    else if (text !== '') part.text += `${text}\n`;
    if (token.type === 'heading_close') isHeading = false;
  }
  return parts;
}

/** @param {import('markdown-it').Token[]} tokens */
function textOf(tokens) {
  return tokens.map(({ type, content }) => (type === 'softbreak' ? ' ' : content)).join('');
}

/**
 * @param {string} code
 * @param {string} name
 */
function highlight(code, name) {
  const language = ALIASES[/** @type {keyof typeof ALIASES} */ (name)] ?? name;
  // Without a grammar, it only escapes the code.
  const html = Prism.highlight(code, Prism.languages[language] ?? {}, language);
  return `<pre tabindex="0"><code>${html}</code></pre>`;
}

/** As GitHub makes ids of headings, so that links with a fragment work in both places. @param {string} heading */
function slugify(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replace(/ /g, '-');
}
