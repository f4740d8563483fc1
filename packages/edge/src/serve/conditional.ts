/**
 * Whether `If-None-Match` names the current representation (RFC 9110 §13.1.2): weak comparison
 * against each listed tag, or `*`.
 *
 * @param etag the current strong tag, quotes included
 */
export function isNotModified(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === '*') return true;
  return entityTags(ifNoneMatch).some((tag) => tag.replace(/^W\//, '') === etag);
}

/** Whether `If-Range` lets a range through (RFC 9110 §13.1.5): absent, or the same strong tag. */
export function isRangeCurrent(ifRange: string | null, etag: string): boolean {
  return ifRange === null || ifRange === etag;
}

function entityTags(list: string): string[] {
  return list.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
}
