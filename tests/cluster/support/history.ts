import { NO_END, type Seen } from './reads.js';

/** One change of an image's visibility, as the one who asked for it saw it. */
export interface Flip {
  readonly image: string;
  readonly to: 'public' | 'private';
  /** `performance.now()` before it was sent. */
  readonly began: number;
  /** When its answer was there, or it was given up. */
  readonly ended: number;
  /** Without an answer it may have been made or not: nobody knows until a later one has been answered. */
  readonly answered: boolean;
}

/** A time in which something was wrong on purpose. */
export interface Trouble {
  readonly what: string;
  /** Names of the servers that it concerns, and of `nginx` where it passes failures on. */
  readonly servers: readonly string[];
  readonly from: number;
  /** `Infinity` while it lasts. */
  until: number;
}

/** What a read shows: it gave the image out, refused it, could not do either, or must not have been. */
export type Verdict =
  | { readonly outcome: 'given' | 'refused' | 'away'; readonly spell: Spell | null }
  | { readonly outcome: 'wrong'; readonly why: string };

/** From the answer to one change until the next one is asked for: a time in which the visibility is known. */
export interface Spell {
  readonly visibility: 'public' | 'private';
  readonly from: number;
  readonly until: number;
}

/** Changes of one image come one after another, so that there is a spell after each answer. */
export function spellsOf(flips: readonly Flip[]): Spell[] {
  return flips.flatMap(({ to, ended, answered }, at) => {
    const until = flips[at + 1]?.began ?? Number.POSITIVE_INFINITY;
    return answered ? [{ visibility: to, from: ended, until }] : [];
  });
}

/** How long after a trouble a server may still be away, in milliseconds. */
const GRACE_MS = 3000;

/**
 * Judges a read by what was known of its image from its beginning to its end.
 *
 * @param spells of its image, in order
 */
export function judge(seen: Seen, spells: readonly Spell[], troubles: readonly Trouble[]): Verdict {
  const { signed, status, code } = seen;
  const wrong = (why: string): Verdict => ({ outcome: 'wrong', why: `${why}: ${told(seen)}` });
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
  // nginx has answers of its own for a server that is away.
  const isNginx = seen.through === 'nginx' && status >= 502 && code === 'no code';
  const away = status === 0 || (status === 503 && code === 'storage_unavailable') || isNginx;
  if (!away || !isExcused(seen, troubles)) return wrong('no answer');
  return { outcome: 'away', spell };
}

/** The spell that a read lay in, from before it was sent until it had ended. */
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

function told({ through, kind, signed, status, code, began, ended }: Seen): string {
  const times = `${began.toFixed(1)} to ${ended.toFixed(1)}`;
  return `${kind}${signed ? ' signed' : ''} through ${through}, ${status} ${code}, ${times}`;
}
