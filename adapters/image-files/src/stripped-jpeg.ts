import { readOrientation, writeOrientation } from './exif.js';
import { endOfScan, findMarker, isStandalone } from './jpeg-markers.js';

/** Markers of ITU-T T.81 table B.1. */
const [SOI, EOI, SOS, DQT, DHT, DNL, DRI] = [0xd8, 0xd9, 0xda, 0xdb, 0xc4, 0xdc, 0xdd];
const [APP0, APP1, APP2, APP14] = [0xe0, 0xe1, 0xe2, 0xee];
const ARITHMETIC = 0xcc;

/**
 * A JPEG without anything but the picture: tables, frames, scans, the ICC profile, and what decoders need to know
 * about colours. The orientation is kept. Everything behind the end is removed, such as further pictures and videos.
 *
 * Every segment that stays is checked, so that no damaged length makes it contain another one.
 *
 * @returns `null` for a file with a damaged segment, and for one without an end
 */
export function strippedJpeg(bytes: Buffer): Buffer[] | null {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return null;
  const parts: Buffer[] = [bytes.subarray(0, 2)];
  let orientation: number | undefined;
  let hasScan = false;
  let at = 2;
  for (;;) {
    const marker = findMarker(bytes, at);
    if (marker === null) return null;
    const [code, start] = [bytes[marker + 1] ?? 0, marker + 4];
    if (code === EOI) {
      if (!hasScan) return null;
      parts.push(Buffer.from([0xff, EOI]));
      if (orientation !== undefined && orientation > 1) parts.splice(1, 0, exifOf(orientation));
      return parts;
    }
    // A picture inside of a picture: the end of the first is damaged, and what follows it looks like its pixels.
    if (code === SOI) return null;
    at = marker + 2;
    if (isStandalone(code)) continue;
    if (start > bytes.length) return null;
    const end = at + bytes.readUInt16BE(at);
    if (end < start || end > bytes.length) return null;
    const body = bytes.subarray(start, end);
    at = end;
    if (code === APP1 && startsWith(body, 'Exif\0')) {
      orientation ??= readOrientation(body.subarray(6));
      continue;
    }
    const kept = keptBody(code, body);
    if (kept === null) return null;
    if (kept === undefined) continue;
    parts.push(segment(code, kept));
    if (code !== SOS) continue;
    hasScan = true;
    at = endOfScan(bytes, end);
    parts.push(bytes.subarray(end, at));
  }
}

/** The body of a segment as it is kept; `undefined` if it is removed, `null` if it is damaged. */
function keptBody(code: number, body: Buffer): Buffer | undefined | null {
  if (code === APP0) {
    // Without a thumbnail.
    if (!startsWith(body, 'JFIF\0') || body.length < 12) return undefined;
    return Buffer.concat([body.subarray(0, 12), Buffer.from([0, 0])]);
  }
  if (code === APP2) return startsWith(body, 'ICC_PROFILE\0') ? body : undefined;
  if (code === APP14) {
    return startsWith(body, 'Adobe') && body.length >= 12 ? body.subarray(0, 12) : undefined;
  }
  if (code === DQT) return isTables(body, quantizationBytes) ? body : null;
  if (code === DHT) return isTables(body, huffmanBytes) ? body : null;
  if (code === ARITHMETIC) return body.length % 2 === 0 && body.length <= 64 ? body : null;
  if (code === DRI || code === DNL) return body.length === 2 ? body : null;
  if (code === SOS) return isScan(body) ? body : null;
  if (code >= 0xc0 && code <= 0xcf && code !== 0xc8) {
    return body.length === 6 + 3 * (body[5] ?? 0) ? body : null;
  }
  return undefined;
}

/** Whether a body consists of tables of the length that each of them has at a position. */
function isTables(body: Buffer, lengthAt: (body: Buffer, at: number) => number | null): boolean {
  let at = 0;
  while (at < body.length) {
    const length = lengthAt(body, at);
    if (length === null) return false;
    at += length;
  }
  return at === body.length;
}

/** T.81 B.2.4.1. */
function quantizationBytes(body: Buffer, at: number): number | null {
  const [precision, id] = [(body[at] ?? 0) >> 4, (body[at] ?? 0) & 15];
  return precision > 1 || id > 3 ? null : 1 + 64 * (precision + 1);
}

/** T.81 B.2.4.2. */
function huffmanBytes(body: Buffer, at: number): number | null {
  const [kind, id] = [(body[at] ?? 0) >> 4, (body[at] ?? 0) & 15];
  if (kind > 1 || id > 3) return null;
  let symbols = 0;
  for (let i = 1; i <= 16; i++) symbols += body[at + i] ?? 0;
  return symbols > 256 ? null : 17 + symbols;
}

/** T.81 B.2.3. */
function isScan(body: Buffer): boolean {
  const components = body[0] ?? 0;
  return components >= 1 && components <= 4 && body.length === 4 + 2 * components;
}

function segment(code: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

function exifOf(orientation: number): Buffer {
  return segment(APP1, Buffer.concat([Buffer.from('Exif\0\0'), writeOrientation(orientation)]));
}

function startsWith(body: Buffer, text: string): boolean {
  return body.toString('latin1', 0, text.length) === text;
}
