/** A coded picture for {@link avif}. */
export interface AvifItem {
  readonly width: number;
  readonly height: number;
  /** The body of its `av1C` box. */
  readonly config: Buffer;
  readonly stream: Buffer;
  /** Bodies of further properties, by the type of their box. */
  readonly properties?: Readonly<Record<string, Buffer>>;
}

/** The only picture of an AVIF that sharp made. */
export function codedPicture(file: Buffer, width: number, height: number): AvifItem {
  const body = (type: string) => {
    const at = file.indexOf(type, 0, 'latin1');
    return file.subarray(at + 4, at - 4 + file.readUInt32BE(at - 4));
  };
  return { width, height, config: body('av1C'), stream: body('mdat') };
}

/** The body of a `colr` box with numbers of ITU-T H.273, and 6 (BT.601) as its matrix. */
export function nclx(primaries: number, transfer: number, range: 'full' | 'limited'): Buffer {
  return Buffer.concat([
    Buffer.from('nclx'),
    u16(primaries),
    u16(transfer),
    u16(6),
    Buffer.from([range === 'full' ? 0x80 : 0]),
  ]);
}

/** A file of one or more independent pictures, of which the primary one is shown (AVIF 1.1, ISO/IEC 23008-12). */
export function avif(
  items: readonly AvifItem[],
  { primary = 1, brand = 'avif' }: { readonly primary?: number; readonly brand?: string } = {},
): Buffer {
  const properties: Buffer[] = [];
  const associations = items.map(({ width, height, config, properties: more = {} }, i) => {
    const own = [
      box('ispe', u32(0), u32(width), u32(height)),
      box('av1C', config),
      ...Object.entries(more).map(([type, body]) => box(type, body)),
    ].map((property) => properties.push(property));
    return Buffer.concat([u16(i + 1), Buffer.from([own.length, ...own])]);
  });
  const meta = (pixels: number) => {
    let at = pixels;
    const locations = items.map(({ stream }, i) => {
      const start = at;
      at += stream.length;
      return Buffer.concat([u16(i + 1), u16(0), u16(1), u32(start), u32(stream.length)]);
    });
    const names = items.map((_, i) =>
      box('infe', u32(0x0200_0000), u16(i + 1), u16(0), Buffer.from('av01\0')),
    );
    return box(
      'meta',
      u32(0),
      box('hdlr', u32(0), u32(0), Buffer.from('pict'), Buffer.alloc(13)),
      box('pitm', u32(0), u16(primary)),
      box('iloc', u32(0), Buffer.from([0x44, 0]), u16(items.length), ...locations),
      box('iinf', u32(0), u16(items.length), ...names),
      box(
        'iprp',
        box('ipco', ...properties),
        box('ipma', u32(0), u32(items.length), ...associations),
      ),
    );
  };
  const type = box('ftyp', Buffer.from(brand), u32(0), Buffer.from('avifmif1miaf'));
  const pixels = box('mdat', ...items.map(({ stream }) => stream));
  return Buffer.concat([type, meta(type.length + meta(0).length + 8), pixels]);
}

/** An animated file of one frame, as a track, without a picture of its own; `alpha` is a second track. */
export function avifTracks(colour: AvifItem, alpha?: AvifItem): Buffer {
  const items = alpha === undefined ? [colour] : [colour, alpha];
  const moov = (pixels: number) => {
    let at = pixels;
    const tracks = items.map(({ width, height, config, stream }, i) => {
      const entry = Buffer.alloc(78);
      entry.writeUInt16BE(width, 24);
      entry.writeUInt16BE(height, 26);
      const start = at;
      at += stream.length;
      const table = box(
        'stbl',
        box('stsd', u32(0), u32(1), box('av01', entry, box('av1C', config))),
        box('stsz', u32(0), u32(0), u32(1), u32(stream.length)),
        box('stco', u32(0), u32(1), u32(start)),
      );
      const handler = box('hdlr', u32(0), u32(0), Buffer.from(i === 0 ? 'pict' : 'auxv'));
      return box('trak', box('mdia', handler, box('minf', table)));
    });
    return box('moov', ...tracks);
  };
  const type = box('ftyp', Buffer.from('avis'), u32(0), Buffer.from('avismsf1miaf'));
  const pixels = box('mdat', ...items.map(({ stream }) => stream));
  return Buffer.concat([type, moov(type.length + moov(0).length + 8), pixels]);
}

function box(type: string, ...bodies: readonly Buffer[]): Buffer {
  const body = Buffer.concat(bodies);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
