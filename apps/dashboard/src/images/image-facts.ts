/** The readable part of a key: what the file was called when it was uploaded. */
export function givenName(key: string): string {
  const name = /^[a-z0-9]{10}-(.+)$/.exec(key)?.[1];
  return name ?? key;
}

/** What may stand in a search; `null` where nothing can be found with it. */
export function readSearch(text: string): string | null {
  const q = text.trim().toLowerCase().replace(/\s+/g, '-');
  return /^[a-z0-9.-]{0,64}$/.test(q) ? q : null;
}
