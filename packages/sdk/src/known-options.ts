import { AuraImageError } from './errors.js';

/**
 * Throws if an option is not known: a typo must not pass for a default, such as an upload that was meant to be
 * private.
 *
 * @param known every option
 * @param owner what has the options, for the message
 * @throws {AuraImageError} `option_unknown`, `option_invalid` if `options` is not an object
 *
 * @example
 * checkKnown(options, ['maxSize', 'visibility'], 'signUpload()');
 */
export function checkKnown(options: object, known: readonly string[], owner: string): void {
  if (typeof options !== 'object' || options === null) {
    throw new AuraImageError('option_invalid', `${owner} takes an object of options`);
  }
  const unknown = Object.keys(options).find((option) => !known.includes(option));
  if (unknown === undefined) return;
  const likely = known.find((option) => distance(unknown, option) <= MOST_TYPOS);
  const hint = likely === undefined ? '' : `: did you mean "${likely}"?`;
  throw new AuraImageError(
    'option_unknown',
    `${owner} has no option ${JSON.stringify(unknown.slice(0, 40))}${hint || '.'} The options are ${known.join(', ')}`,
  );
}

const MOST_TYPOS = 2;

/** Levenshtein distance, in any case. */
function distance(a: string, b: string): number {
  const other = b.toLowerCase();
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a.toLowerCase().slice(0, 40)].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const [replaced = 0, added = 0, removed = 0] = [row[j], next[j], row[j + 1]];
      next.push(Math.min(replaced + (letter === other[j] ? 0 : 1), added + 1, removed + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
