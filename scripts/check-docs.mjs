import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { configurationProblems } from './configuration-page.mjs';
import { metricsTableProblems } from './metrics-table.mjs';
import { permissionsTableProblems } from './permissions-table.mjs';
import { scalePageProblems } from './scale-page.mjs';
import { transformTableProblems } from './transform-table.mjs';

// Compares documents that repeat facts of the code with the code. Run after the build.

/** @type {string[]} */
const problems = [];

await checkErrors();
problems.push(...configurationProblems());
problems.push(...transformTableProblems());
problems.push(...metricsTableProblems());
problems.push(...permissionsTableProblems());
problems.push(...scalePageProblems());
checkTree();
checkContents();

if (problems.length > 0) {
  console.log(problems.map((problem) => `- ${problem}`).join('\n'));
  process.exitCode = 1;
}

/** `docs/reference/errors.md` has a table row and a section for every code of the catalogue, and no other. */
async function checkErrors() {
  const file = 'docs/reference/errors.md';
  const { ERRORS } = await import('../packages/protocol/dist/index.js');
  const text = read(file);
  const rows = new Map(
    [...text.matchAll(/^\| *\[`(\w+)`\]\(#\w+\) *\| *(\d{3}) *\|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]),
  );
  const sections = [...text.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  compare(file, 'table row', Object.keys(ERRORS), [...rows.keys()]);
  compare(file, 'section', Object.keys(ERRORS), sections);
  for (const [code, { status }] of Object.entries(ERRORS)) {
    const shown = rows.get(code);
    if (shown !== undefined && shown !== status) {
      problems.push(`${file}: ${code} has status ${shown} there and ${status} in the code`);
    }
  }
}

/** The tree in `ARCHITECTURE.md` shows every workspace folder, and no missing one. */
function checkTree() {
  const file = 'ARCHITECTURE.md';
  const groups = ['packages', 'adapters', 'apps'];
  const tree = /^```\w*\n(.*?)^```/ms.exec(read(file))?.[1] ?? '';
  const shown = foldersInTree(tree).filter((path) => {
    const [group = '', ...rest] = path.split('/');
    return groups.includes(group) && rest.length === 1;
  });
  const there = groups.flatMap((group) =>
    readdirSync(group, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(`${group}/${entry.name}/package.json`))
      .map(({ name }) => `${group}/${name}`),
  );
  compare(file, 'folder in the tree', there, shown);
}

/** `docs/README.md`, which is the table of contents of the site and of `/llms.txt`, lists every page. */
function checkContents() {
  const file = 'docs/README.md';
  const listed = [...read(file).matchAll(/^- \[.+\]\(([^)]+)\): ./gm)].map(([, path = '']) => path);
  const pages = ['start', 'guides', 'reference', 'operate'].flatMap((folder) =>
    readdirSync(`docs/${folder}`).map((name) => `${folder}/${name}`),
  );
  const outside = listed.filter((path) => path.startsWith('../'));
  compare(file, 'line', [...pages, ...outside], listed);
}

/**
 * Paths of the folders in an indented tree. A folder is a name with `/` at the start of a line, alone or in a row of
 * several; the rest of the line is a remark.
 *
 * @param {string} tree
 */
function foldersInTree(tree) {
  /** @type {{ indent: number, path: string }[]} */
  const open = [];
  const paths = [];
  for (const line of tree.replace(/[│├└─]/g, ' ').split('\n')) {
    const match = /^(\s*)((?:[\w./-]+\/(?:\s+|$))+)/.exec(line);
    if (match === null) continue;
    const [, { length: indent } = '', names = ''] = match;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const parent = open.at(-1)?.path;
    for (const name of names.trim().split(/\s+/)) {
      const folder = name.replace(/\/$/, '');
      const path = parent === undefined ? folder : `${parent}/${folder}`;
      paths.push(path);
      open.push({ indent, path });
    }
  }
  return paths;
}

/** @param {string} file */
function read(file) {
  if (existsSync(file)) return readFileSync(file, 'utf8');
  problems.push(`${file} is missing`);
  return '';
}

/**
 * Records entries that only one side has, and duplicates in the document.
 *
 * @param {string} file
 * @param {string} what
 * @param {readonly string[]} code
 * @param {readonly (string | undefined)[]} document
 */
function compare(file, what, code, document) {
  for (const name of code) {
    const times = document.filter((shown) => shown === name).length;
    if (times === 0) problems.push(`${file}: no ${what} for ${name}`);
    if (times > 1) problems.push(`${file}: more than one ${what} for ${name}`);
  }
  for (const name of document) {
    if (!code.includes(name ?? '')) problems.push(`${file}: ${what} for ${name}, which is gone`);
  }
}
