import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TRANSFORM_GRAMMAR } from '../packages/protocol/dist/index.js';

// The table of docs/transforms.md comes from the grammar: `npm run docs` writes it, the check of the
// documents compares it.

const FILE = fileURLToPath(new URL('../docs/transforms.md', import.meta.url));
const TABLE = /^\| Parameter .*\n(?:\|.*\n)*/m;

/** What is wrong with the table in the document; empty for nothing. */
export function transformTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/transforms.md: the table is not the grammar: npm run docs'];
}

function table() {
  const rows = Object.entries(TRANSFORM_GRAMMAR).map(([name, { meaning, allowed, fallback }]) => [
    `\`${name}\``,
    meaning,
    allowed,
    fallback,
  ]);
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
