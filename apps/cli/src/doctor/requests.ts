const LIMIT_MS = 20_000;

/** An answer as it came: no retry, no redirect followed. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** `X-Aura-Error`, or an empty text. */
  readonly code: string;
}

/** Sends one request; null where nobody answers. */
export async function ask(
  url: string,
  init: { method?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer | null> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const { status, headers } = response;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { status, headers, bytes, code: headers.get('x-aura-error') ?? '' };
  } catch {
    return null;
  }
}

/** Milliseconds of an HTTP date; `NaN` for none. */
export function readDate(text: string | null): number {
  return text === null ? Number.NaN : Date.parse(text);
}
