import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../apps/node/dist/telemetry/catalogue.js';

// The table of docs/operations.md comes from the catalogue of the metrics: `npm run docs` writes it, the
// check of the documents compares it.

const FILE = fileURLToPath(new URL('../docs/operations.md', import.meta.url));
const TABLE = /^\| Metric .*\n(?:\|.*\n)*/m;

/** What is wrong with the table in the document; empty for nothing. */
export function metricsTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/operations.md: the table is not the catalogue of metrics: npm run docs'];
}

function table() {
  const rows = CATALOGUE.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]);
  const head = ['Metric', 'Type', 'Labels', 'Meaning'];
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
