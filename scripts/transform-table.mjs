import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_QUALITY, LQIP, TRANSFORM_GRAMMAR } from '../packages/protocol/dist/index.js';

// The table of docs/transforms.md comes from the grammar and the words here, which no bundle should
// carry: `npm run docs` writes it, the check of the documents compares it.

const FILE = fileURLToPath(new URL('../docs/transforms.md', import.meta.url));
const TABLE = /^\| Parameter .*\n(?:\|.*\n)*/m;

/**
 * What each parameter does, and what holds where a URL does not name it.
 * @type {Record<keyof typeof TRANSFORM_GRAMMAR, { meaning: string, fallback: string }>}
 */
const WORDS = {
  w: { meaning: 'Width in pixels', fallback: 'from `h`, else the width of the master' },
  h: { meaning: 'Height in pixels', fallback: 'from `w`, else the height of the master' },
  fit: {
    meaning: 'How the picture fits where `w` and `h` have other proportions',
    fallback: '`cover`',
  },
  q: { meaning: 'Quality of AVIF, WebP and JPEG', fallback: `\`${DEFAULT_QUALITY}\`` },
  fmt: {
    meaning: 'Format',
    fallback: '`auto`: the best of AVIF, WebP and JPEG that `Accept` names',
  },
  lqip: {
    meaning: `A stand-in ${LQIP.w} pixels wide, of quality ${LQIP.q}: \`w\`, \`h\`, \`fit\` and \`q\` say nothing beside it`,
    fallback: '`false`',
  },
  blur: {
    meaning:
      'The blurhash as JSON instead of a picture: no other parameter says anything beside it',
    fallback: '`false`',
  },
};

/** What is wrong with the table in the document; empty for nothing. */
export function transformTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/transforms.md: the table is not the grammar: npm run docs'];
}

function table() {
  const rows = Object.entries(TRANSFORM_GRAMMAR).map(([name, { allowed }]) => {
    const { meaning, fallback } = WORDS[/** @type {keyof typeof WORDS} */ (name)];
    return [`\`${name}\``, meaning, allowed, fallback];
  });
  const head = ['Parameter', 'Meaning', 'Values', 'Default'];
  const widths = head.map((title, at) =>
    Math.max(title.length, ...rows.map((cells) => (cells[at] ?? '').length)),
  );
  const line = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(TABLE, () => table()),
  );
}
