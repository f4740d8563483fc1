const MOST = 50;

export type OriginsVerdict =
  | { readonly ok: true; readonly origins: string[] }
  | { readonly ok: false; readonly problem: 'malformed'; readonly line: string }
  | { readonly ok: false; readonly problem: 'too_many' };

/** Reads origins, one a line: empty lines, a slash at the end and repetitions are no harm. */
export function readOrigins(text: string): OriginsVerdict {
  const origins = new Set<string>();
  for (const line of text.split('\n').map((one) => one.trim())) {
    if (line === '') continue;
    const url = URL.canParse(line) ? new URL(line) : null;
    const whole = url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
    if (!whole) return { ok: false, problem: 'malformed', line };
    origins.add(url.origin);
  }
  return origins.size > MOST
    ? { ok: false, problem: 'too_many' }
    : { ok: true, origins: [...origins] };
}
