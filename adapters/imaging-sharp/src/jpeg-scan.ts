/** Markers of ITU-T T.81 table B.1. */
const [BASELINE, EXTENDED, DHT, EOI, SOS, DRI] = [0xc0, 0xc1, 0xc4, 0xd9, 0xda, 0xdd];
const [FIRST_RESTART, RESTARTS] = [0xd0, 8];
const BLOCK = 64;
/** A longer difference cannot occur in 8 bits per sample, nor in 12 (T.81 table F.1). */
const MAX_DC_BITS = 15;

/**
 * Judges whether the entropy-coded data of every scan is intact, up to what follows its last block. It is read as a
 * decoder does it, but more strictly: libjpeg accepts runs that leave their block, and after damaged data those
 * occur within a few blocks.
 *
 * @param bytes a JPEG without anything between its segments
 * @returns `unknown` for progressive and arithmetic coding, which are not read here
 */
export function judgeScans(bytes: Uint8Array): 'intact' | 'damaged' | 'unknown' {
  const tables = new Map<number, Table>();
  let components: readonly Component[] | null = null;
  let interval = 0;
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? EOI;
    if (bytes[at] !== 0xff || marker === EOI) break;
    const end = at + 2 + word(bytes, at + 2);
    const body = bytes.subarray(at + 4, end);
    at = end;
    if (marker === DHT) readTables(body, tables);
    else if (marker === DRI) interval = word(body, 0);
    else if (marker === BASELINE || marker === EXTENDED) components = readFrame(body);
    else if (marker === SOS) {
      if (components === null) return 'unknown';
      const scan = readScan(body, components, tables);
      const next = nextMarker(bytes, at);
      if (scan === null || !isIntact(bytes.subarray(at, next), scan, interval)) return 'damaged';
      scans++;
      at = next;
    }
  }
  return scans > 0 ? 'intact' : 'unknown';
}

interface Component {
  readonly id: number;
  /** Blocks of an interleaved unit. */
  readonly blocks: number;
  /** Units of a scan with all components, and blocks of a scan with this one alone. */
  readonly units: number;
  readonly alone: number;
}

/** Symbol and length by the next 16 bits: `length << 8 | symbol`; 0: no code. */
type Table = Uint16Array;

interface Scan {
  /** Blocks of a unit, with the tables of each. */
  readonly blocks: readonly { readonly dc: Table; readonly ac: Table }[];
  readonly units: number;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** T.81 B.2.2 and A.2. */
function readFrame(body: Uint8Array): readonly Component[] {
  const [height, width] = [word(body, 1), word(body, 3)];
  const count = body[5] ?? 0;
  const factors = Array.from({ length: count }, (_, i) => {
    const factor = body[7 + i * 3] ?? 0;
    return { id: body[6 + i * 3] ?? 0, h: factor >> 4, v: factor & 15 };
  });
  const [hMax, vMax] = [
    Math.max(...factors.map(({ h }) => h)),
    Math.max(...factors.map(({ v }) => v)),
  ];
  const units = Math.ceil(width / (8 * hMax)) * Math.ceil(height / (8 * vMax));
  return factors.map(({ id, h, v }) => {
    const columns = Math.ceil(Math.ceil((width * h) / hMax) / 8);
    const rows = Math.ceil(Math.ceil((height * v) / vMax) / 8);
    return { id, blocks: h * v, units, alone: columns * rows };
  });
}

/** T.81 B.2.4.2 and annex C. */
function readTables(body: Uint8Array, tables: Map<number, Table>): void {
  for (let at = 0; at + 17 <= body.length; ) {
    const name = body[at] ?? 0;
    const table = new Uint16Array(1 << 16);
    let symbol = at + 17;
    let code = 0;
    for (let length = 1; length <= 16; length++) {
      for (let i = 0; i < (body[at + length] ?? 0); i++) {
        const first = code << (16 - length);
        table.fill((length << 8) | (body[symbol] ?? 0), first, first + (1 << (16 - length)));
        symbol++;
        code++;
      }
      code <<= 1;
    }
    tables.set(name, table);
    at = symbol;
  }
}

/** T.81 B.2.3; `null` if a component or table is missing. */
function readScan(
  body: Uint8Array,
  components: readonly Component[],
  tables: ReadonlyMap<number, Table>,
): Scan | null {
  const count = body[0] ?? 0;
  const blocks: { dc: Table; ac: Table }[] = [];
  let units = 0;
  for (let i = 0; i < count; i++) {
    const component = components.find(({ id }) => id === body[1 + i * 2]);
    const names = body[2 + i * 2] ?? 0;
    const [dc, ac] = [tables.get(names >> 4), tables.get(0x10 | (names & 15))];
    if (component === undefined || dc === undefined || ac === undefined) return null;
    const repeat = count === 1 ? 1 : component.blocks;
    units = count === 1 ? component.alone : component.units;
    for (let n = 0; n < repeat; n++) blocks.push({ dc, ac });
  }
  return blocks.length === 0 ? null : { blocks, units };
}

/** Position of the marker after entropy-coded data: no stuffed zero, and no restart. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] ?? EOI;
    const isRestart = code >= FIRST_RESTART && code < FIRST_RESTART + RESTARTS;
    if (code !== 0 && code !== 0xff && !isRestart) return at;
  }
  return bytes.length;
}

function isIntact(data: Uint8Array, { blocks, units }: Scan, interval: number): boolean {
  const bits = createBits(data);
  for (let unit = 0; unit < units; unit++) {
    if (interval > 0 && unit > 0 && unit % interval === 0 && !bits.restart()) return false;
    for (const block of blocks) if (!bits.block(block.dc, block.ac)) return false;
  }
  return bits.isPadded();
}

/** Reads entropy-coded bits (T.81 F.2.2): a zero after 0xff is stuffed, and a marker ends the data. */
function createBits(data: Uint8Array) {
  let at = 0;
  let buffer = 0;
  let length = 0;
  /** Bits that were read past the data. */
  let missing = 0;
  const fill = () => {
    while (length <= 16) {
      const byte = data[at];
      const isEnd = byte === undefined || (byte === 0xff && data[at + 1] !== 0);
      if (isEnd) missing += 8;
      else at += byte === 0xff ? 2 : 1;
      buffer = ((buffer << 8) | (isEnd ? 0 : byte)) & 0xffffff;
      length += 8;
    }
  };
  const skip = (count: number) => {
    length -= count;
  };
  /** The next symbol, or `null` for a code that the table does not have. */
  const symbol = (table: Table): number | null => {
    fill();
    const entry = table[(buffer >> (length - 16)) & 0xffff] ?? 0;
    if (entry === 0) return null;
    skip(entry >> 8);
    return entry & 0xff;
  };
  const isPastEnd = () => missing > length;
  return {
    /** Reads a block. Returns `false` for an invalid one. */
    block(dc: Table, ac: Table): boolean {
      const size = symbol(dc);
      if (size === null || size > MAX_DC_BITS) return false;
      fill();
      skip(size);
      for (let k = 1; k < BLOCK; k++) {
        const code = symbol(ac);
        if (code === null) return false;
        const [run, bits] = [code >> 4, code & 15];
        if (bits === 0 && run !== 15) break;
        k += run;
        if (k >= BLOCK) return false;
        fill();
        skip(bits);
      }
      return !isPastEnd();
    },
    /** Skips to the data behind the restart marker, which must be the next one. */
    restart(): boolean {
      if (isPastEnd() || data[at] !== 0xff || length - missing >= 8) return false;
      at += 2;
      buffer = length = missing = 0;
      return true;
    },
    /** Whether the rest of the last byte is padding: encoders fill it with ones, some with zeros. */
    isPadded(): boolean {
      const rest = (length - missing) % 8;
      const padding = (buffer >> (length - rest)) & ((1 << rest) - 1);
      return !isPastEnd() && (padding === 0 || padding === (1 << rest) - 1);
    },
  };
}
