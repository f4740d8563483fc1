import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIFFERENCES, SIMULATED } from './differences.js';
import { NOT_ON_WORKER, ON_WORKER } from './files.js';

const ACCEPTANCE = new URL('../acceptance/', import.meta.url);
const GUIDE = new URL('../../docs/guides/cloudflare-workers.md', import.meta.url);

it('has the differences that the tests know', () => {
  const rows = Object.values(DIFFERENCES).map((cells) => `| ${cells.join(' | ')} |`);
  // Its columns are padded.
  const shown = readFileSync(GUIDE, 'utf8')
    .replaceAll(/ +\|/g, ' |')
    .replaceAll(/\| -+ /g, '| - ');
  expect(shown).toContain(
    `\n| What | Node server | Worker |\n| - | - | - |\n${rows.join('\n')}\n\n`,
  );
});

it('says what is simulated on a developer’s machine', () => {
  const shown = readFileSync(GUIDE, 'utf8');
  for (const difference of Object.values(SIMULATED)) expect(shown).toContain(difference);
});

it('every acceptance test runs with the Worker, or says why it does not', () => {
  const files = readdirSync(ACCEPTANCE).filter((name) => name.endsWith('.test.ts'));
  const names = files.map((name) => name.slice(0, -'.test.ts'.length));
  expect([...ON_WORKER, ...Object.keys(NOT_ON_WORKER)].toSorted()).toEqual(names.toSorted());
});
