import { createSharpEngine } from '@auraimage/imaging-sharp';
import { ERRORS, type MasterType, sniffMasterType } from '@auraimage/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { FILES } from './index.js';

const engine = createSharpEngine();
afterAll(() => engine.close());

describe.each(FILES)('$name', ({ make, expected, type, size }) => {
  it(`gets ${expected}`, async () => {
    const bytes = new Uint8Array(await make());
    const sniffed = sniffMasterType(bytes.subarray(0, 64));
    expect(sniffed).toBe(type ?? null);
    if (sniffed === null) return expect(expected).toBe(415);
    const found = await engine.inspect(bodyOf(bytes), sniffed);
    const status = found.ok ? 201 : ERRORS[found.code].status;
    expect(status).toBe(expected);
    if (found.ok) expect([found.width, found.height]).toEqual(size);
  });
});

it('has no duplicate name', () => {
  expect(new Set(FILES.map(({ name }) => name)).size).toBe(FILES.length);
});

it('rejects a picture of another supported type than its header says', async () => {
  const pictures = FILES.filter(({ expected }) => expected === 201);
  for (const { name, make, type } of pictures) {
    const announced: MasterType = type === 'image/png' ? 'image/gif' : 'image/png';
    const found = await engine.inspect(bodyOf(new Uint8Array(await make())), announced);
    expect(found, name).toEqual({ ok: false, code: 'image_not_decodable' });
  }
});

function bodyOf(bytes: Uint8Array<ArrayBuffer>) {
  return { length: bytes.length, bytes, stream: () => new Blob([bytes]).stream() };
}
