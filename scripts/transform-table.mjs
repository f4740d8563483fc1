import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DEFAULT_QUALITY, LQIP, TRANSFORM_GRAMMAR } from '../packages/protocol/dist/index.js';

// Makes the table of docs/reference/transforms.md from the grammar and the texts below, which are not in the
// package to keep bundles small. `npm run docs` writes it, check-docs.mjs compares it.

const FILE = fileURLToPath(new URL('../docs/reference/transforms.md', import.meta.url));
const TABLE = /^\| Parameter .*\n(?:\|.*\n)*/m;

/**
 * What each parameter does, and its default.
 * @type {Record<keyof typeof TRANSFORM_GRAMMAR, { meaning: string, fallback: string }>}
 */
const WORDS = {
  w: { meaning: 'Width in pixels', fallback: 'from `h`, or the width of the master' },
  h: { meaning: 'Height in pixels', fallback: 'from `w`, or the height of the master' },
  fit: {
    meaning: 'How to fit the image into `w` × `h` if the aspect ratios differ',
    fallback: '`cover`',
  },
  dpr: {
    meaning: 'Pixels of the screen for each pixel of `w` and `h`, which it multiplies',
    fallback: '`1`',
  },
  gravity: {
    meaning: 'Where `fit=cover` crops to',
    fallback: 'the [focal point](#focal-point), or `center`',
  },
  fp: {
    meaning: 'The point that `fit=cover` crops around, instead of `gravity`',
    fallback: 'the same',
  },
  trim: {
    meaning: 'Removes a border of one colour, before all other steps',
    fallback: '`false`',
  },
  flip: {
    meaning: 'Mirrors the image: `h` left to right, `v` top to bottom',
    fallback: 'not mirrored',
  },
  rotate: {
    meaning: 'Degrees clockwise, after `flip`; `w` and `h` are those of the result',
    fallback: '`0`',
  },
  bg: {
    meaning: 'Colour under transparent parts and around `fit=contain`',
    fallback: 'transparent, in JPEG `fff`',
  },
  gray: { meaning: 'Takes the colours out, but not that of `bg`', fallback: '`false`' },
  sharpen: {
    meaning: 'Sharpens after the resize; 1 is a good start, more shows halos',
    fallback: '`0`',
  },
  q: { meaning: 'Quality of AVIF, WebP and JPEG', fallback: `\`${DEFAULT_QUALITY}\`` },
  fmt: {
    meaning: 'Format',
    fallback: '`auto`: the best of AVIF, WebP and JPEG that `Accept` allows',
  },
  lqip: {
    meaning: `A placeholder ${LQIP.w} pixels wide, quality ${LQIP.q}; \`w\`, \`h\`, \`fit\` and \`q\` are ignored`,
    fallback: '`false`',
  },
  blur: {
    meaning: 'The blurhash as JSON instead of an image; `w`, `h`, `fit`, `q` and `fmt` are ignored',
    fallback: '`false`',
  },
  metadata: {
    meaning: 'The master without its metadata; variants never have any',
    fallback: 'the master as it was uploaded',
  },
};

/** Problems of the table in the document; empty if it is up to date. */
export function transformTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/reference/transforms.md: the table is out of date: npm run docs'];
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
