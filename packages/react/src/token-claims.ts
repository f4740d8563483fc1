/**
 * Reads the claims of the token in a signed URL; none if it has no readable token. Nothing is verified: they only
 * say what is worth asking the server for.
 */
export function claimsOf(url: string): Readonly<Record<string, unknown>> {
  const payload = /[?&]token=([\w-]+)\./.exec(url)?.[1];
  if (payload === undefined) return {};
  try {
    return Object(JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))));
  } catch {
    return {};
  }
}
