const LONGEST = 40;

/** What was typed, brought to characters that a name may have: `My App` becomes `my-app`. */
export function toProjectName(typed: string): string {
  return typed
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, LONGEST);
}

/** Whether it is worth asking the server about. */
export const isWholeName = (name: string): boolean => /^[a-z0-9-]{2,40}$/.test(name);
