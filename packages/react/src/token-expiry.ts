/**
 * When a signed address ends, in milliseconds since 1970; `null` for one without a token that can be
 * read. Nothing is verified: only to know when to ask for a new one.
 */
export function expiryOf(url: string): number | null {
  const payload = /[?&]token=([\w-]+)\./.exec(url)?.[1];
  if (payload === undefined) return null;
  try {
    const { exp } = Object(JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))));
    return Number.isSafeInteger(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}
