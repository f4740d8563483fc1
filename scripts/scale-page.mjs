import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { hitRatios, WORKLOADS } from '../bench/simulation/load.mjs';
import { fleet, oneMachine, workers } from '../bench/simulation/model.mjs';
import { BYTES, CPU_MS } from '../bench/simulation/units.mjs';
import { markdownTable } from './markdown-table.mjs';

// Makes the tables of docs/operate/scale.md from the simulation in bench/simulation. `npm run docs` writes them,
// check-docs.mjs compares them.

const FILE = fileURLToPath(new URL('../docs/operate/scale.md', import.meta.url));

const PLANS = {
  'One machine': oneMachine,
  'PostgreSQL, bucket, servers': fleet,
  Workers: workers,
};

/** Problems of the tables in the document; empty if they are up to date. */
export function scalePageProblems() {
  const text = readFileSync(FILE, 'utf8');
  return tables()
    .filter((table) => placeOf(table).exec(text)?.[0] !== table)
    .map(
      (table) => `docs/operate/scale.md: the table ${titleOf(table)} is out of date: npm run docs`,
    );
}

/** A table is recognized by the title of its first column. @param {string} table */
const placeOf = (table) => new RegExp(`^\\| ${titleOf(table)} .*\\n(?:\\|.*\\n)*`, 'm');

const titleOf = (/** @type {string} */ table) => table.slice(2, table.indexOf(' |')).trim();

function tables() {
  return [units(), kept(), ...Object.entries(PLANS).map(([title, plan]) => plans(title, plan))];
}

function units() {
  const ms = (/** @type {number} */ value) => `${value} ms`;
  return markdownTable(
    ['Unit', 'Cost'],
    [
      ['Read of a public image or a variant from the cache', `${ms(CPU_MS.cachedRead)} CPU`],
      ['Signed read of a private original of 60 KB', `${ms(CPU_MS.privateRead)} CPU`],
      ['Signed read of a private original of 1 MB', `${ms(CPU_MS.largeRead)} CPU`],
      ['Its row from PostgreSQL, in the server', `${ms(CPU_MS.postgresRow)} CPU more`],
      ['Its row from PostgreSQL, in PostgreSQL', `${ms(CPU_MS.inPostgres)} CPU`],
      ['Upload of a JPEG of 12 megapixels (3.5 MB)', `${ms(CPU_MS.upload)} CPU`],
      ['New variant: mean of WebP, JPEG and AVIF, 400 to 1,200 px', `${ms(CPU_MS.variant)} CPU`],
      ['Comparison of an image in the cache with the database', `${ms(CPU_MS.sweptObject)} CPU`],
      [
        'Row of usage, SQLite; of many that change together',
        `${ms(CPU_MS.sqliteUsage.row)}; ${ms(CPU_MS.sqliteUsage.together)} CPU`,
      ],
      [
        'The same, PostgreSQL and server',
        `${ms(CPU_MS.postgresUsage.row)}; ${ms(CPU_MS.postgresUsage.together)} CPU`,
      ],
      ['Row of an image and its audit entry, SQLite', `${BYTES.sqliteRow} bytes`],
      ['Row of an image and its audit entry, PostgreSQL', `${BYTES.postgresRow} bytes`],
      ['Index in memory of a file in the cache', `${BYTES.cacheIndex} bytes`],
      ['Process of the server at start', `${BYTES.process / 1e6} MB`],
      ['Image process', `${BYTES.imageProcess / 1e6} MB`],
    ],
  );
}

function kept() {
  const rows = hitRatios().map(([share, hits]) => [
    `${share * 100} %`,
    `${Math.round(hits * 100)} %`,
  ]);
  return markdownTable(['Variants that fit', 'Reads that the cache answers'], rows);
}

/** @param {string} title @param {typeof oneMachine} plan */
function plans(title, plan) {
  const rows = WORKLOADS.map((workload) => {
    const { hits, machines, resources, dollars, elsewhere, usageRows } = plan(workload);
    const scarce = resources.slice(0, 2);
    const broken = resources.filter(({ need, limit }) => need > limit);
    const added = [...new Set(broken.map(({ add }) => add))];
    const { egress, ...others } = dollars;
    return [
      `${count(workload.images)}, ${count(workload.reads)}/s`,
      machines,
      `${Math.round(hits * 100)} %`,
      `${count(usageRows)}/s`,
      scarce.map(usedUp).join('; '),
      added.length === 0 ? 'nothing' : added.join('; '),
      `$${count(sumOf(others))}, most of it ${mostOf(others)}`,
      ...(egress === undefined ? [] : [`$${count(egress)}`]),
      ...(elsewhere === undefined ? [] : [`$${count(sumOf(elsewhere))}`]),
    ];
  });
  const head = [title, 'Needs', 'Cache hits', 'Rows of usage', USED_UP, 'Add'];
  return markdownTable(
    [...head, ...(title === 'Workers' ? ['A month'] : ['A month, AWS', 'Egress', 'Hetzner, R2'])],
    rows,
  );
}

const USED_UP = 'Used up first: needed, of what there is';

/** In bold if there is not enough. @param {import('../bench/simulation/model.mjs').Resource} one */
function usedUp({ resource, need, limit, unit }) {
  const text = `${resource}: ${amount(need, unit)} of ${amount(limit, unit)}`;
  return need > limit ? `**${text}**` : text;
}

/** @param {Readonly<Record<string, number>>} dollars */
const sumOf = (dollars) => Object.values(dollars).reduce((total, each) => total + each, 0);

/** @param {Readonly<Record<string, number>>} dollars */
const mostOf = (dollars) => Object.entries(dollars).sort(([, a], [, b]) => b - a)[0]?.[0];

const PREFIXES = /** @type {const} */ ([
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
]);

/** Two digits. @param {number} value @param {string} unit */
function amount(value, unit) {
  const [size, prefix] = PREFIXES.find(([least]) => value >= least) ?? [1, ''];
  const digits = Number((value / size).toPrecision(2)).toLocaleString('en');
  return unit === '' || unit.startsWith('/')
    ? `${count(value)}${unit}`
    : `${digits} ${prefix}${unit}`;
}

/** @param {number} value */
function count(value) {
  if (value >= 1e9) return `${Number((value / 1e9).toPrecision(2))} billion`;
  if (value >= 1e6) return `${Number((value / 1e6).toPrecision(2))} million`;
  return Number(value.toPrecision(2)).toLocaleString('en');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const filled = tables().reduce(
    (text, table) => text.replace(placeOf(table), () => table),
    readFileSync(FILE, 'utf8'),
  );
  writeFileSync(FILE, filled);
}
