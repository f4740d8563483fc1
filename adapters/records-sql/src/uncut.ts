/**
 * The driver cuts a text at its first NUL, and what is left may be another's name. No name of ours has
 * a U+FFFD.
 */
export function uncut<T>(parameters: readonly T[]): unknown[] {
  return parameters.map((value) =>
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  );
}
