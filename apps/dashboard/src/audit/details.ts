type Details = Readonly<Record<string, string | number | boolean | null>>;

/** The details of a change in a few words, such as `private → public`. */
export function describeDetails(details: Details): string {
  const { from, to, ...rest } = details;
  const parts = Object.entries(rest).map(([name, value]) => `${wordsOf(name)}: ${shown(value)}`);
  if (to !== undefined) {
    parts.unshift(from === undefined ? shown(to) : `${shown(from)} → ${shown(to)}`);
  }
  return parts.join(', ');
}

/** `graceSeconds` as `grace seconds`. */
const wordsOf = (name: string): string => name.replace(/[A-Z]/g, (c) => ` ${c.toLowerCase()}`);

const shown = (value: Details[string] | undefined): string =>
  value === null || value === undefined || value === '' ? '–' : String(value);
