import { expect, it } from 'vitest';
import { parseMetadata } from './metadata-section.js';

it('pairs that were typed are metadata within its bounds', () => {
  const row = (key: string, value: string) => ({ key, value });
  expect(parseMetadata([row(' album ', 'summer'), row('', '')])).toEqual({
    ok: true,
    metadata: { album: 'summer' },
    bytes: 18,
  });
  const problemOf = (...rows: ReturnType<typeof row>[]) => {
    const parsed = parseMetadata(rows);
    return parsed.ok ? null : parsed.problem;
  };
  expect(problemOf(row('a', '1'), row('a', '2'))).toBe('has the key "a" twice');
  expect(problemOf(row('', 'no key'))).toContain('must have keys of 1 to 40');
  expect(problemOf(row('a', 'x'.repeat(2100)))).toContain('at most 2048 bytes');
});
