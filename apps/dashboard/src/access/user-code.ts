const LENGTH = 8;

/** A code as it is shown, `ABCD-EFGH`, from whatever was typed or pasted so far. */
export function formatUserCode(typed: string): string {
  const characters = typed
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .slice(0, LENGTH);
  const half = LENGTH / 2;
  return characters.length > half
    ? `${characters.slice(0, half)}-${characters.slice(half)}`
    : characters;
}

export const isCompleteUserCode = (code: string): boolean => code.length === LENGTH + 1;
