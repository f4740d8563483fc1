/** The next marker of a JPEG at or after a position: its 0xff; `null` if there is none. */
export function findMarker(bytes: Uint8Array, from: number): number | null {
  for (let at = bytes.indexOf(0xff, from); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1];
    if (code === undefined) return null;
    if (code !== 0 && code !== 0xff) return at;
  }
  return null;
}

/** Where the entropy-coded data ends: at a marker that is no restart (T.81 B.1.1.5). */
export function endOfScan(bytes: Uint8Array, from: number): number {
  let at = findMarker(bytes, from);
  while (at !== null && isRestart(bytes[at + 1] ?? 0)) at = findMarker(bytes, at + 2);
  return at ?? bytes.length;
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7;
}

/** Markers without a length, but for those of the start and the end of an image. */
export function isStandalone(code: number): boolean {
  return isRestart(code) || code === 0x01;
}
