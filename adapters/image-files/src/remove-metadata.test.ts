import type { MasterType } from '@auraimage/protocol';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { writePngChunk } from './png-chunks.js';
import { removeMetadata } from './remove-metadata.js';

const SECRET = '52.5200N13.4050E';
const XMP = `<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><place>${SECRET}</place></x:xmpmeta>`;

/** A picture with EXIF, XMP and an ICC profile. */
function tagged(orientation = 6): Sharp {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  return sharp({ create: { width: 64, height: 48, channels: 3, background: 'grey', noise } })
    .withIccProfile('p3')
    .withExif({
      IFD0: { Copyright: SECRET, Orientation: String(orientation) },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 31/1 12/1', GPSAreaInformation: SECRET },
    })
    .withXmp(XMP)
    .withMetadata({ orientation });
}

const FILES: readonly (readonly [MasterType, string, () => Promise<Buffer>])[] = [
  ['image/jpeg', 'a JPEG', () => tagged().jpeg().toBuffer()],
  ['image/jpeg', 'a progressive JPEG', () => tagged().jpeg({ progressive: true }).toBuffer()],
  ['image/jpeg', 'a mirrored JPEG', () => tagged(2).jpeg().toBuffer()],
  ['image/png', 'a PNG', () => tagged().png().toBuffer()],
  ['image/webp', 'a WebP', () => tagged().webp().toBuffer()],
  ['image/webp', 'a lossless WebP', () => tagged().webp({ lossless: true }).toBuffer()],
  ['image/avif', 'an AVIF', () => tagged().avif({ effort: 0 }).toBuffer()],
  ['image/gif', 'a GIF', gifWithTexts],
  ['image/jpeg', 'a JPEG with everything', jpegWithEverything],
  ['image/png', 'a PNG with texts', pngWithTexts],
  ['image/webp', 'an animated WebP', () => animation().webp().withXmp(XMP).toBuffer()],
];

function animation(): Sharp {
  const [width, height] = [16, 24];
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 31) & 255));
  return sharp(pixels, { raw: { width, height, channels: 3, pageHeight: 8 } });
}

const segment = (code: number, body: Buffer) => {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
};

/** Comments, blocks of other programs, a thumbnail, bytes between segments, and a video behind the end. */
async function jpegWithEverything(): Promise<Buffer> {
  const file = await tagged().jpeg().toBuffer();
  const jfif = Buffer.concat([
    Buffer.from('JFIF\0\x01\x01\x01\0\x48\0\x48\x02\x02', 'latin1'),
    Buffer.from(SECRET.slice(0, 12)),
  ]);
  return Buffer.concat([
    file.subarray(0, 2),
    segment(0xe0, jfif),
    segment(0xfe, Buffer.from(SECRET)),
    segment(0xed, Buffer.from(`Photoshop 3.0\0${SECRET}`)),
    segment(0xeb, Buffer.from(`JP..jumb c2pa ${SECRET}`)),
    Buffer.from(SECRET),
    segment(0xe2, Buffer.from(`MPF\0${SECRET}`)),
    file.subarray(2),
    Buffer.from(`ftypmp4 ${SECRET}`),
    file,
  ]);
}

async function pngWithTexts(): Promise<Buffer> {
  const file = await tagged().png().toBuffer();
  return Buffer.concat([
    file.subarray(0, 33),
    writePngChunk('tEXt', Buffer.from(`Comment\0${SECRET}`)),
    writePngChunk('prVt', Buffer.from(SECRET)),
    writePngChunk('caBX', Buffer.from(SECRET)),
    file.subarray(33),
    Buffer.from(SECRET),
  ]);
}

async function gifWithTexts(): Promise<Buffer> {
  const file = await animation()
    .gif({ delay: [10, 20, 30] })
    .toBuffer();
  const text = Buffer.concat([Buffer.from([SECRET.length]), Buffer.from(SECRET), Buffer.from([0])]);
  const comment = Buffer.concat([Buffer.from('21fe', 'hex'), text]);
  const xmp = Buffer.concat([Buffer.from('21ff0b', 'hex'), Buffer.from('XMP DataXMP'), text]);
  const colours = (file[10] ?? 0) & 0x80 ? 3 << (((file[10] ?? 0) & 7) + 1) : 0;
  const start = 13 + colours;
  return Buffer.concat([
    file.subarray(0, start),
    comment,
    xmp,
    file.subarray(start),
    Buffer.from(SECRET),
  ]);
}

const strip = (bytes: Buffer, type: MasterType) => {
  const stripped = removeMetadata(bytes, type);
  return stripped === null ? null : Buffer.from(stripped);
};

async function pixels(file: Buffer) {
  const { data, info } = await sharp(file, { pages: -1, failOn: 'none' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, info };
}

describe('metadata', () => {
  it.each(FILES)('of %s (%s) is removed, and nothing else', async (type, _, make) => {
    const file = await make();
    expect(file.includes(SECRET)).toBe(true);
    const stripped = strip(file, type) ?? Buffer.alloc(0);
    expect(stripped.includes(SECRET)).toBe(false);
    expect(stripped.includes('xmpmeta')).toBe(false);
    const [before, after] = [await sharp(file).metadata(), await sharp(stripped).metadata()];
    expect(after.xmp).toBeUndefined();
    expect(after.comments).toBeUndefined();
    // At most what the orientation takes.
    expect(after.exif?.length ?? 0).toBeLessThan(40);
    expect(await pixels(stripped)).toEqual(await pixels(file));
    const { orientation, icc, width, height, pages, delay, loop } = before;
    expect(after).toMatchObject({ width, height });
    expect([after.pages, after.delay, after.loop]).toEqual([pages, delay, loop]);
    expect(after.icc).toEqual(icc);
    if (type !== 'image/avif') expect(after.orientation ?? 1).toBe(orientation ?? 1);
    expect(strip(stripped, type)).toEqual(stripped);
  });

  it('of a JPEG XL is removed, and nothing else', () => {
    const box = (type: string, text: string) => {
      const bytes = Buffer.from(`\0\0\0\0${type}${text}`, 'latin1');
      bytes.writeUInt32BE(bytes.length);
      return bytes;
    };
    const signature = Buffer.from('0000000c4a584c200d0a870a', 'hex');
    const picture = [signature, box('ftyp', 'jxl \0\0\0\0jxl '), box('jxlc', '\xff\x0apixels')];
    const [start = signature, ...rest] = picture;
    const boxes = ['Exif', 'xml ', 'brob', 'jbrd', 'jumb'].map((type) => box(type, SECRET));
    const file = Buffer.concat([start, ...rest.slice(0, 1), ...boxes, ...rest.slice(1), ...boxes]);
    expect(strip(file, 'image/jxl')).toEqual(Buffer.concat(picture));
    const bare = Buffer.from('ff0a7069', 'hex');
    expect(strip(bare, 'image/jxl')).toEqual(bare);
    expect(strip(file.subarray(0, -3), 'image/jxl')).toBeNull();
    const tiny = Array.from({ length: 10_000 }, () => box('jxlp', ''));
    expect(strip(Buffer.concat([signature, ...tiny]), 'image/jxl')).toBeNull();
  });

  it('of a TIFF is not removed: it says so', async () => {
    expect(strip(await tagged().tiff().toBuffer(), 'image/tiff')).toBeNull();
  });
});

describe('a damaged file', () => {
  const cases = FILES.map(([type, name, make]) => ({ type, name, make }));

  it.each(cases)('of $name never gives its metadata away', async ({ type, make }) => {
    const file = await make();
    // What follows the start of the pixels is a part of them once its marker is damaged.
    const start = file.indexOf(SECRET);
    const damages = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 3 });
    fc.assert(
      fc.property(damages, fc.nat(file.length), fc.boolean(), (changes, end, isCut) => {
        const damaged = Buffer.from(file);
        for (const [at, value] of changes) damaged[at] = value;
        const cut = isCut ? damaged.subarray(0, end) : damaged;
        const stripped = strip(cut, type);
        if (stripped === null) return;
        expect(stripped.length).toBeLessThanOrEqual(cut.length + 64);
        const isInPixels = ['image/gif', 'image/webp', 'image/avif'].includes(type);
        const isTouched = changes.length > 0 && (isInPixels || start > file.length / 2);
        if (!isTouched) expect(stripped.includes(SECRET)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused: a JPEG without an end, and another one behind it', async () => {
    const file = await jpegWithEverything();
    const end = file.indexOf('ffd9', 'hex');
    for (const [at, value] of [
      [end, 0],
      [end + 1, 0],
    ] as const) {
      const damaged = Buffer.from(file);
      damaged[at] = value;
      expect(strip(damaged, 'image/jpeg')).toBeNull();
    }
  });

  it('is refused: a GIF of more than 100,000 blocks to keep', () => {
    const head = Buffer.from('GIF89a\x01\0\x01\0\0\0\0', 'latin1');
    const control = Buffer.from('21f9040000000000', 'hex');
    const end = Buffer.from(';');
    const withBlocks = (count: number) =>
      Buffer.concat([head, Buffer.alloc(count * control.length, control), end]);
    const most = withBlocks(99_999);
    expect(strip(most, 'image/gif')?.equals(most)).toBe(true);
    expect(strip(withBlocks(100_000), 'image/gif')).toBeNull();
  });

  it('of any bytes is read to its end, without an error', () => {
    const starts: Readonly<Record<string, Buffer>> = {
      'image/jpeg': Buffer.from('ffd8', 'hex'),
      'image/png': Buffer.from('89504e470d0a1a0a', 'hex'),
      'image/webp': Buffer.from('RIFF\xff\0\0\0WEBP', 'latin1'),
      'image/gif': Buffer.from('GIF89a'),
      'image/avif': Buffer.from('\0\0\0\x18ftypavif\0\0\0\0avifmif1', 'latin1'),
      'image/heic': Buffer.alloc(0),
      'image/jxl': Buffer.from('0000000c4a584c200d0a870a', 'hex'),
      'image/tiff': Buffer.alloc(0),
      'image/bmp': Buffer.from('BM'),
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(starts) as MasterType[])),
        fc.uint8Array({ maxLength: 200 }),
        (type, bytes) => {
          const file = Buffer.concat([starts[type] ?? Buffer.alloc(0), bytes]);
          expect(strip(file, type)?.length ?? 0).toBeLessThanOrEqual(file.length + 64);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
