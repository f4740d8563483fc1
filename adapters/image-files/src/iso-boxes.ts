/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2): positions in the file. */
export interface IsoBox {
  /** Four letters. */
  readonly type: string;
  /** Of the whole box, and of its body. */
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

const MAX_BOXES = 10_000;

/**
 * The boxes in a part of a file, such as the body of a box.
 *
 * @throws {RangeError} when it reaches a box that is damaged or cut off, or the 10,001st
 */
export function* isoBoxes(file: Buffer, from = 0, to = file.length): Generator<IsoBox> {
  let count = 0;
  for (let at = from; at < to; ) {
    if (++count > MAX_BOXES) throw new RangeError('too many boxes');
    if (at + 8 > to) throw new RangeError('a box is cut off');
    const short = file.readUInt32BE(at);
    const isLong = short === 1;
    const size = isLong ? Number(file.readBigUInt64BE(at + 8)) : short || to - at;
    const body = at + (isLong ? 16 : 8);
    const end = at + size;
    if (end < body || end > to) throw new RangeError('a box is cut off');
    yield { type: file.toString('latin1', at + 4, at + 8), start: at, body, end };
    at = end;
  }
}
