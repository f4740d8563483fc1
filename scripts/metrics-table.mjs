import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CATALOGUE } from '../apps/node/dist/telemetry/catalogue.js';
import { markdownTable } from './markdown-table.mjs';

// Makes the table of metrics in docs/operate/operations.md from the catalogue. `npm run docs` writes it, check-docs.mjs
// compares it.

const FILE = fileURLToPath(new URL('../docs/operate/operations.md', import.meta.url));
const TABLE = /^\| Metric .*\n(?:\|.*\n)*/m;

/** Problems of the table in the document; empty if it is up to date. */
export function metricsTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/operate/operations.md: the table of metrics is out of date: npm run docs'];
}

function table() {
  const rows = CATALOGUE.map(({ name, type, labels, help }) => [
    `\`${name}\``,
    type,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ]);
  return markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(TABLE, () => table()),
  );
}
