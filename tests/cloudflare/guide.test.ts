import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { DIFFERENCES } from './differences.js';

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
