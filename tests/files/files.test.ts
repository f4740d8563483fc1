import { createSharpEngine } from '@auraimage/imaging-sharp';
import { ERRORS, type MasterType, sniffMasterType } from '@auraimage/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { harmless } from './harmless.js';
import { FILES } from './index.js';

const engine = createSharpEngine();
afterAll(() => engine.close());

describe.each(FILES)('$name', ({ make, expected, type }) => {
  it('has a type by its first bytes, or is refused without one', async () => {
    const bytes = new Uint8Array(await make());
    const sniffed = sniffMasterType(bytes.subarray(0, 64));
    expect(sniffed).toBe(type ?? null);
    if (sniffed === null) expect(expected).toBe(ERRORS.type_not_allowed.status);
  });
});

// engine.test.ts inspects all others.
describe.each(FILES.filter(({ name }) => name in harmless))('$name', ({ make, type, size }) => {
  it('is accepted', async () => {
    const bytes = new Uint8Array(await make());
    const body = { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
    const found = await engine.inspect(body, type as MasterType);
    expect(found.ok && [found.width, found.height]).toEqual(size);
  });
});

it('has no duplicate name', () => {
  expect(new Set(FILES.map(({ name }) => name)).size).toBe(FILES.length);
});
