import { NO_END, type Seen } from './reads.js';

/** One change of an image's visibility, as its client saw it. */
export interface Flip {
  readonly image: string;
  readonly to: 'public' | 'private';
  /** `performance.now()` before it was sent. */
  readonly began: number;
  /** Time of its response or timeout. */
  readonly ended: number;
  /** Whether it got a response. If not, the visibility is unknown until a later change gets one. */
  readonly answered: boolean;
}

/** The time of an injected fault. */
export interface Trouble {
  readonly what: string;
  /** Names of the affected servers, and `nginx` if it passes failures on. */
  readonly servers: readonly string[];
  readonly from: number;
  /** `Infinity` during the fault. */
  until: number;
}

/** Result of a read: it returned the image, refused it, failed, or got a forbidden response. */
export type Verdict =
  | { readonly outcome: 'given' | 'refused' | 'away'; readonly spell: Spell | null }
  | { readonly outcome: 'wrong'; readonly why: string };

/** The time from a change's response to the next change's request, in which the visibility is known. */
export interface Spell {
  readonly visibility: 'public' | 'private';
  readonly from: number;
  readonly until: number;
}

/** Changes of one image are serialized, so there is a spell after each response. */
export function spellsOf(flips: readonly Flip[]): Spell[] {
  return flips.flatMap(({ to, ended, answered }, at) => {
    const until = flips[at + 1]?.began ?? Number.POSITIVE_INFINITY;
    return answered ? [{ visibility: to, from: ended, until }] : [];
  });
}

/** How long after a fault a server may still be unavailable, in milliseconds. */
const GRACE_MS = 3000;

/**
 * Judges a read by the known visibility of its image during the read.
 *
 * @param spells of its image, in order
 */
export function judge(seen: Seen, spells: readonly Spell[], troubles: readonly Trouble[]): Verdict {
  const { signed, status, code } = seen;
  const wrong = (why: string): Verdict => ({
    outcome: 'wrong',
    why: `${why}: ${describeRead(seen)}`,
  });
  const spell = spellAround(seen, spells);
  if (status >= 200 && status < 400) {
    if (code !== '') return wrong(code);
    const leaked = !signed && spell?.visibility === 'private';
    return leaked ? wrong('given out unsigned') : { outcome: 'given', spell };
  }
  if (status === 403) {
    if (signed) return wrong('a signed read was refused');
    if (code !== 'signed_token_required') return wrong('refused with another code');
    return spell?.visibility === 'public'
      ? wrong('public and refused')
      : { outcome: 'refused', spell };
  }
  if (code === NO_END) return wrong('it never ended');
  return isAway(seen, troubles) ? { outcome: 'away', spell } : wrong('no answer');
}

/** Whether a read failed as it may, because its server had a fault. */
export function isAway(seen: Seen, troubles: readonly Trouble[]): boolean {
  const { status, code } = seen;
  // nginx sends its own responses for an unavailable server.
  const isNginx = seen.through === 'nginx' && status >= 502 && code === 'no code';
  const away = status === 0 || (status === 503 && code === 'storage_unavailable') || isNginx;
  return away && code !== NO_END && isExcused(seen, troubles);
}

/** The spell that contains the whole read. */
function spellAround({ began, ended }: Seen, spells: readonly Spell[]): Spell | null {
  let low = 0;
  let high = spells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spells[middle] as Spell).from <= began) low = middle + 1;
    else high = middle;
  }
  const last = spells[low - 1];
  return last !== undefined && ended <= last.until ? last : null;
}

function isExcused({ through, began, ended }: Seen, troubles: readonly Trouble[]): boolean {
  return troubles.some(
    ({ servers, from, until }) =>
      servers.includes(through) && from <= ended && began <= until + GRACE_MS,
  );
}

export function describeRead({ through, kind, signed, status, code, began, ended }: Seen): string {
  const times = `${began.toFixed(1)} to ${ended.toFixed(1)}`;
  return `${kind}${signed ? ' signed' : ''} through ${through}, ${status} ${code}, ${times}`;
}
