import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fleet, hitRatios, oneMachine, WORKLOADS, workers } from '../bench/simulation/model.mjs';
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
    const { hits, machines, resources, dollars } = plan(workload);
    const scarce = resources.slice(0, 2).map(({ resource, need, limit, unit }) => {
      return `${resource}: ${amount(need, unit)} of ${amount(limit, unit)}`;
    });
    const { egress = 0, ...others } = dollars;
    const [most = ''] = Object.entries(others).sort(([, a], [, b]) => b - a)[0] ?? [];
    const sum = Object.values(others).reduce((total, each) => total + each, 0);
    return [
      `${count(workload.images)}, ${count(workload.reads)}/s`,
      machines,
      `${Math.round(hits * 100)} %`,
      scarce.join('; '),
      `$${count(sum)}, most of it ${most}`,
      ...(title === 'Workers' ? [] : [`$${count(egress)}`]),
    ];
  });
  const egress = title === 'Workers' ? [] : ['Egress'];
  const head = [
    'Needs',
    'Cache hits',
    'Used up first: needed, of what there is',
    'A month',
    ...egress,
  ];
  return markdownTable([title, ...head], rows);
}

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
