import { endOfScan, findMarker, isStandalone } from '@auraimage/image-files';

/** Markers of ITU-T T.81 table B.1. */
const [SOI, EOI, SOS, APP0, APP14] = [0xd8, 0xd9, 0xda, 0xe0, 0xee];
const [BASELINE, EXTENDED, PROGRESSIVE] = [0xc0, 0xc1, 0xc2];
/** Frame headers other than the three above: lossless, hierarchical, arithmetic. */
const FRAMES = new Set([
  ...[BASELINE, EXTENDED, PROGRESSIVE, 0xc3],
  ...[0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf],
]);
/** Coefficients of a block (T.81 A.3.3). */
const COEFFICIENTS = 64;
const END = [0xff, EOI];

export interface RepairedJpeg {
  /** The file with everything that decoders skip or ignore removed or set right. */
  readonly bytes: Uint8Array;
  /** Whether the file has an end-of-image marker. One is added if it has none. */
  readonly hasEnd: boolean;
}

/**
 * Repairs the segments of a JPEG, never its entropy-coded data. libjpeg reports only the first of several
 * warnings, so a harmless one hides a later one about damaged data. The repaired file causes none of the harmless
 * warnings, so that whatever it causes is about the data.
 *
 * Repairs bytes between segments, spectral parameters that sequential scans must not have, the version of JFIF,
 * Adobe's colour transform, and a missing end-of-image marker.
 *
 * @returns `null` when the segments are cut off, or when the end is missing together with a part of the picture
 */
export function repairJpeg(bytes: Uint8Array): RepairedJpeg | null {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return null;
  const repaired = new Uint8Array(bytes.length + END.length);
  repaired.set([0xff, SOI]);
  let [read, written] = [2, 2];
  const copyTo = (end: number) => {
    repaired.set(bytes.subarray(read, end), written);
    written += end - read;
    read = end;
  };
  const scans = createScans();
  let adobe: number | undefined;

  for (;;) {
    const at = findMarker(bytes, read);
    const marker = at === null ? EOI : (bytes[at + 1] ?? EOI);
    if (at === null || marker === EOI) {
      if (at === null && !scans.areComplete()) return null;
      repaired.set(END, written);
      if (adobe !== undefined) repairTransform(repaired, adobe, scans.components());
      return { bytes: repaired.subarray(0, written + END.length), hasEnd: at !== null };
    }
    read = at;
    if (isStandalone(marker) || marker === SOI) {
      read = at + 2;
      continue;
    }
    const length = at + 4 > bytes.length ? 0 : ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
    if (length < 2 || at + 2 + length > bytes.length) return null;
    const start = written + 4;
    copyTo(at + 2 + length);
    const body = repaired.subarray(start, written);
    if (FRAMES.has(marker)) scans.frame(marker, body);
    else if (marker === APP0 && startsWith(body, 'JFIF\0') && body.length > 5) body[5] = 1;
    else if (marker === APP14 && startsWith(body, 'Adobe') && body.length > 11) adobe = start + 11;
    else if (marker === SOS) {
      scans.scan(body);
      copyTo(endOfScan(bytes, read));
    }
  }
}

function startsWith(body: Uint8Array, text: string): boolean {
  return [...text].every((character, i) => body[i] === character.charCodeAt(0));
}

/** A colour transform that is not defined is read as YCbCr or YCCK by every decoder. */
function repairTransform(repaired: Uint8Array, at: number, components: number): void {
  const defined = components === 4 ? [0, 2] : [0, 1];
  if (!defined.includes(repaired[at] ?? 0)) repaired[at] = components === 4 ? 2 : 1;
}

/** Follows which parts of the picture the scans contain. */
function createScans() {
  let isSequential = true;
  /** Bits of each coefficient that are missing, by component; 255: all. */
  const missing = new Map<number, Uint8Array>();
  return {
    frame(marker: number, body: Uint8Array): void {
      isSequential = marker === BASELINE || marker === EXTENDED;
      const count = body[5] ?? 0;
      missing.clear();
      for (let i = 0; i < count; i++) {
        missing.set(body[6 + i * 3] ?? 0, new Uint8Array(COEFFICIENTS).fill(255));
      }
    },
    /** Sets the parameters of a sequential scan right (T.81 B.2.3, table B.3). */
    scan(body: Uint8Array): void {
      const count = body[0] ?? 0;
      const parameters = body.subarray(1 + count * 2);
      if (isSequential && parameters.length >= 3) parameters.set([0, COEFFICIENTS - 1, 0]);
      const [first = 0, last = 0, bits = 0] = parameters;
      for (let i = 0; i < count; i++) {
        missing.get(body[1 + i * 2] ?? -1)?.fill(bits & 15, first, last + 1);
      }
    },
    components: () => missing.size,
    areComplete: () =>
      missing.size > 0 && [...missing.values()].every((bits) => bits.every((bit) => bit === 0)),
  };
}
