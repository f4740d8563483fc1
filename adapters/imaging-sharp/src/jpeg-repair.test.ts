import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { repairJpeg } from './jpeg-repair.js';
import { judgeScans } from './jpeg-scan.js';

const drawn = (width: number, height: number) =>
  sharp({
    create: {
      ...{ width, height, channels: 3, background: 'grey' },
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
const jpeg = await drawn(90, 70).jpeg().toBuffer();
const progressive = await drawn(90, 70).jpeg({ progressive: true }).toBuffer();

describe('the scans of a JPEG', () => {
  it.each([
    ['colour at half resolution', {}],
    ['colour at full resolution', { chromaSubsampling: '4:4:4' }],
    ['optimized tables', { optimiseCoding: true }],
  ])('are intact with %s', async (_, options) => {
    for (const size of [1, 8, 17, 64, 131]) {
      expect(judgeScans(await drawn(size, 40).jpeg(options).toBuffer()), `${size}`).toBe('intact');
      const grey = drawn(size, 40).toColourspace('b-w').jpeg(options);
      expect(judgeScans(await grey.toBuffer()), `grey ${size}`).toBe('intact');
    }
  });

  it('are damaged if they end early, at every length', () => {
    const start = jpeg.indexOf(Buffer.from('ffda', 'hex')) + 14;
    for (let end = start; end < jpeg.length - 2; end++) {
      const cut = Buffer.concat([jpeg.subarray(0, end), Buffer.from('ffd9', 'hex')]);
      expect(judgeScans(cut), `${end} of ${jpeg.length}`).toBe('damaged');
    }
  });

  it('are not judged in a progressive file', () => {
    expect(judgeScans(progressive)).toBe('unknown');
  });
});

describe('repair', () => {
  it.each([
    ['sequential', jpeg],
    ['progressive', progressive],
  ])('changes nothing of a %s file without faults', (_, file) => {
    expect(repairJpeg(file)).toEqual({ bytes: new Uint8Array(file), hasEnd: true });
    const repaired = repairJpeg(file.subarray(0, -2));
    expect(repaired).toEqual({ bytes: new Uint8Array(file), hasEnd: false });
  });

  it('gives up where a scan is missing', () => {
    const scan = progressive.lastIndexOf(Buffer.from('ffda', 'hex'));
    expect(repairJpeg(progressive.subarray(0, scan))).toBeNull();
  });

  it('ends for every file, with at most two bytes more', () => {
    const files = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(fc.constantFrom(0xff, 0xd8, 0xda, 0xd9, 0xc0, 0xc2, 0xc4, 0xe0, 0xdd, 0, 1, 4, 17))
        .map((bytes) => Buffer.from([0xff, 0xd8, ...bytes])),
      fc
        .tuple(fc.constantFrom(jpeg, progressive), fc.nat(), fc.nat(255), fc.nat())
        .map(([file, at, value, end]) => {
          const changed = Buffer.from(file);
          changed[at % file.length] = value;
          return changed.subarray(0, 1 + (end % file.length));
        }),
    );
    fc.assert(
      fc.property(files, (file) => {
        const repaired = repairJpeg(file);
        if (repaired === null) return;
        expect(repaired.bytes.length).toBeLessThanOrEqual(file.length + 2);
        expect(['intact', 'damaged', 'unknown']).toContain(judgeScans(repaired.bytes));
        judgeScans(file);
      }),
    );
  });
});
