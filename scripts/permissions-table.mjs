import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PERMISSIONS } from '../packages/control/dist/auth/permissions.js';
import { markdownTable } from './markdown-table.mjs';

// Makes the table of docs/guides/teams.md from the table that the server uses. `npm run docs` writes it,
// check-docs.mjs compares it.

const FILE = fileURLToPath(new URL('../docs/guides/teams.md', import.meta.url));
const TABLE = /^\| To .*\n(?:\|.*\n)*/m;

/** Problems of the table in the document; empty if it is up to date. */
export function permissionsTableProblems() {
  const shown = TABLE.exec(readFileSync(FILE, 'utf8'))?.[0];
  return shown === table()
    ? []
    : ['docs/guides/teams.md: the table of permissions is out of date: npm run docs'];
}

function table() {
  const rows = Object.values(PERMISSIONS).map(({ role, secretKey, what }) => [
    what,
    mark(role === 'viewer'),
    mark(role !== 'owner'),
    'yes',
    mark(secretKey),
  ]);
  return markdownTable(['To …', 'Viewer', 'Editor', 'Owner', 'Secret key'], rows);
}

/** @param {boolean} isAllowed */
function mark(isAllowed) {
  return isAllowed ? 'yes' : '';
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(
    FILE,
    readFileSync(FILE, 'utf8').replace(TABLE, () => table()),
  );
}
