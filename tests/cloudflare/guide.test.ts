import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SETTINGS } from '../../apps/cloudflare/dist/src/settings.js';
import { DIFFERENCES } from './differences.js';

const GUIDE = readFileSync(
  new URL('../../docs/guides/cloudflare-workers.md', import.meta.url),
  'utf8',
);

it('has the differences that the tests know', () => {
  const rows = Object.values(DIFFERENCES).map((cells) => `| ${cells.join(' | ')} |`);
  expect(GUIDE).toContain(
    `\n\n| What | Node server | Worker |\n|---|---|---|\n${rows.join('\n')}\n\n`,
  );
});

it('lists the settings of the Worker', () => {
  const names = Object.values(SETTINGS).map(({ name }) => `\`${name}\``);
  expect(GUIDE).toContain(`\n\n${names.toSorted().join(', ')}.\n\n`);
});
