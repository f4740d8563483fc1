/** A device's code as people read it: in two halves. */
export function showUserCode(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The code that somebody typed, with or without its dash, in any case. */
export function readUserCode(text: string): string {
  return text.replaceAll(/[\s-]/g, '').toUpperCase();
}
