/** Colours that an AV1 stream names for itself. Numbers are those of ITU-T H.273; 2 is unspecified. */
export interface Av1Colours {
  readonly primaries: number;
  readonly transfer: number;
  readonly isFullRange: boolean;
}

const SEQUENCE_HEADER = 1;
const UNSPECIFIED = 2;

/**
 * Reads the colours from the sequence header among the first OBUs (AV1 specification §5.3 to §5.5); `null` where there
 * is none.
 */
export function readAv1Colours(bytes: Uint8Array): Av1Colours | null {
  let at = 0;
  while (at < bytes.length) {
    const head = bytes[at] ?? 0;
    const type = (head >> 3) & 15;
    at += head & 4 ? 2 : 1;
    let size = bytes.length - at;
    if (head & 2) {
      size = 0;
      for (let i = 0; i < 8; i++) {
        const byte = bytes[at++] ?? 0;
        size += (byte & 127) * 2 ** (7 * i);
        if (byte < 128) break;
      }
    }
    if (type === SEQUENCE_HEADER) return colourConfig(bitsOf(bytes.subarray(at, at + size)));
    at += size;
  }
  return null;
}

type Bits = (count: number) => number;

/** Zero behind the end. */
function bitsOf(bytes: Uint8Array): Bits {
  let at = 0;
  return (count) => {
    let value = 0;
    for (let i = 0; i < count; i++, at++) {
      value = value * 2 + (((bytes[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    }
    return value;
  };
}

/** Skips to `color_config()`. */
function colourConfig(bits: Bits): Av1Colours {
  const profile = bits(3);
  bits(1);
  const isReduced = bits(1) === 1;
  if (isReduced) bits(5);
  else skipOperatingPoints(bits);
  const [widthBits, heightBits] = [bits(4) + 1, bits(4) + 1];
  bits(widthBits);
  bits(heightBits);
  if (!isReduced && bits(1)) bits(7);
  bits(3);
  if (!isReduced) skipInterTools(bits);
  bits(3);

  const isDeep = bits(1) === 1;
  if (profile === 2 && isDeep) bits(1);
  const isMonochrome = profile !== 1 && bits(1) === 1;
  const isDescribed = bits(1) === 1;
  const primaries = isDescribed ? bits(8) : UNSPECIFIED;
  const transfer = isDescribed ? bits(8) : UNSPECIFIED;
  const matrix = isDescribed ? bits(8) : UNSPECIFIED;
  const isSrgb = !isMonochrome && primaries === 1 && transfer === 13 && matrix === 0;
  return { primaries, transfer, isFullRange: isSrgb || bits(1) === 1 };
}

function skipOperatingPoints(bits: Bits): void {
  let delayBits = 0;
  if (bits(1)) {
    bits(64);
    if (bits(1)) {
      let zeros = 0;
      while (zeros < 32 && bits(1) === 0) zeros++;
      bits(zeros);
    }
    if (bits(1)) {
      delayBits = bits(5) + 1;
      bits(32 + 10);
    }
  }
  const hasDisplayDelay = bits(1) === 1;
  const points = bits(5) + 1;
  for (let i = 0; i < points; i++) {
    bits(12);
    if (bits(5) > 7) bits(1);
    if (delayBits > 0 && bits(1)) bits(2 * delayBits + 1);
    if (hasDisplayDelay && bits(1)) bits(4);
  }
}

function skipInterTools(bits: Bits): void {
  bits(4);
  const hasOrderHint = bits(1) === 1;
  if (hasOrderHint) bits(2);
  const isScreenChosen = bits(1) === 1;
  const usesScreenTools = isScreenChosen || bits(1) === 1;
  if (usesScreenTools && bits(1) === 0) bits(1);
  if (hasOrderHint) bits(3);
}
