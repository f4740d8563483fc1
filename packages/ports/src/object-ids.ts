const ID = /^[0-9a-f]{32}$/;

/** The id of a new object: 128 random bits in hexadecimal, so that none occurs twice. */
export function makeObjectId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether a text is the id of an object, and so never a path. Any other text names no object. */
export function isObjectId(text: string): boolean {
  return ID.test(text);
}
