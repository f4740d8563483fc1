import { readFileSync } from 'node:fs';

/** The text of the specification whose examples are tested. */
export const SPEC = readFileSync(
  new URL('../../docs/reference/signature-spec.md', import.meta.url),
  'utf8',
);

/** The one code block of a language. */
export function exampleIn(fence: string): string {
  const blocks = [...SPEC.matchAll(new RegExp(`^\`\`\`${fence}\\n(.*?)^\`\`\`$`, 'gms'))];
  const code = blocks[0]?.[1];
  if (code === undefined || blocks.length > 1) {
    throw new Error(`the spec has ${blocks.length} code blocks in ${fence} instead of one`);
  }
  return code;
}
