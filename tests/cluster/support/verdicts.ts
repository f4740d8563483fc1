import type { Flipper } from './flipper.js';
import { judge, spellsOf, type Trouble } from './history.js';
import type { Seen } from './reads.js';

/** The summary of all reads. */
export interface Verdicts {
  /** Descriptions of forbidden results. */
  readonly wrong: readonly string[];
  /** Number of reads that match all members of `like`. */
  count(like: Partial<Judged>): number;
}

interface Judged extends Pick<Seen, 'kind' | 'through' | 'signed' | 'status'> {
  readonly outcome: 'given' | 'refused' | 'away';
  /** The known visibility during the whole read. */
  readonly during: 'public' | 'private' | 'unknown';
}

/** Judges every read by the history of its image. */
export function judgeAll(
  seen: readonly Seen[],
  flippers: readonly Pick<Flipper, 'image' | 'flips'>[],
  troubles: readonly Trouble[],
): Verdicts {
  const wrong: string[] = [];
  const judged: Judged[] = [];
  const spells = new Map(flippers.map(({ image, flips }) => [image, spellsOf(flips)]));
  for (const read of seen) {
    const verdict = judge(read, spells.get(read.image) ?? [], troubles);
    if (verdict.outcome === 'wrong') wrong.push(verdict.why);
    else {
      const { kind, through, signed, status } = read;
      const during = verdict.spell?.visibility ?? 'unknown';
      judged.push({ kind, through, signed, status, outcome: verdict.outcome, during });
    }
  }
  return {
    wrong,
    count: (like) => {
      const wanted = Object.entries(like) as [keyof Judged, unknown][];
      return judged.filter((read) => wanted.every(([name, value]) => read[name] === value)).length;
    },
  };
}
