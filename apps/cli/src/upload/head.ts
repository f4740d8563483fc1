/** Bytes that `sniffMasterType` needs. */
export const HEAD_BYTES = 64;

/**
 * The chunks of a file. Nothing is passed on before the first bytes were checked.
 *
 * @param check throws if a file that begins with these bytes is refused; gets at least 64 bytes, or the whole file
 */
export async function* withCheckedHead(
  chunks: AsyncIterable<Uint8Array>,
  check: (head: Buffer) => void,
): AsyncGenerator<Uint8Array> {
  let head: Buffer | null = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk;
      continue;
    }
    head = Buffer.concat([head, chunk]);
    if (head.length < HEAD_BYTES) continue;
    check(head);
    yield head;
    head = null;
  }
  if (head === null) return;
  check(head);
  yield head;
}
